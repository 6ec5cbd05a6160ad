// Bundles each service and the command into one file under dist/, as the images ship them: `npm run bundle`.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '..');
const entries: Record<string, string> = {
  gateway: 'services/gateway/src/main.ts',
  authz: 'services/authz/src/main.ts',
  stub: 'services/stub/src/main.ts',
  agent: 'services/agent/src/main.ts',
  audit: 'services/audit/src/main.ts',
  fairlead: 'cli/src/main.ts',
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
mkdirSync(join(root, 'dist'));
for (const [name, entry] of Object.entries(entries)) {
  await build({
    input: join(root, entry),
    platform: 'node',
    // pg asks for its native binding and falls back without it
    external: ['pg-native'],
    output: { file: join(root, 'dist', `${name}.mjs`), format: 'esm', codeSplitting: false, sourcemap: true },
    logLevel: 'warn',
  });
  console.log(`dist/${name}.mjs`);
}
