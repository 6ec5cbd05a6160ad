import { Command } from 'commander';
import { registerAgent } from './commands/agent.ts';
import { registerAudit } from './commands/audit.ts';
import { registerClusters } from './commands/clusters.ts';
import type { CommandContext } from './commands/context.ts';
import { registerHub } from './commands/hub.ts';
import { registerKubeconfig } from './commands/kubeconfig.ts';
import { registerLogin } from './commands/login.ts';
import { registerPolicies } from './commands/policies.ts';
import { HubError } from './hub-client.ts';

const context: CommandContext = {
  env: process.env,
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
};

const program = new Command('fairlead')
  .description('reach, run and audit all your Kubernetes clusters from one place')
  .version('0.1.0')
  .showHelpAfterError("Run 'fairlead help' for what there is.");
registerLogin(program, context);
registerClusters(program, context);
registerKubeconfig(program, context);
registerPolicies(program, context);
registerAudit(program, context);
registerAgent(program, context);
registerHub(program, context);

try {
  await program.parseAsync();
} catch (error) {
  const { message, code } = error as Error & { code?: unknown };
  context.note(`fairlead: ${message}${typeof code === 'string' ? ` (${code})` : ''}`);
  if (error instanceof HubError && error.status === 401)
    context.note(`Run 'fairlead login URL' to start a new session.`);
  process.exitCode = 1;
}
