import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, loadConfig, z } from './index.ts';

const schema = z.strictObject({
  listen: z.strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65535) }),
  stubs: z.array(z.string()).default([]),
});
const prefix = 'FAIRLEAD_TEST_';

test('the environment wins over the file, defaults fill the rest', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-config-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'config.yaml');
  writeFileSync(file, 'listen: {port: 1}\nstubs: [a]\n');
  const env = { FAIRLEAD_TEST_LISTEN__PORT: '2', UNRELATED: 'x' };
  assert.deepEqual(loadConfig(schema, { file, env, prefix }), {
    listen: { host: '127.0.0.1', port: 2 },
    stubs: ['a'],
  });
});

test('an unknown key and a bad value are refused with their paths, all at once', () => {
  const env = { FAIRLEAD_TEST_LISTEN__PORT: '70000', FAIRLEAD_TEST_LISTEN__PROT: '1' };
  assert.throws(
    () => loadConfig(schema, { env, prefix }),
    (error: ConfigError) => {
      assert.equal(error.code, 'CONFIG_INVALID');
      assert.match(error.message, /listen\.port: .*65535/);
      assert.match(error.message, /listen: .*prot/);
      return true;
    },
  );
});

test('a file that is missing or is not YAML is named', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-config-'));
  t.after(() => rmSync(dir, { recursive: true }));
  assert.throws(() => loadConfig(schema, { file: join(dir, 'none.yaml'), prefix }), /none\.yaml cannot be read/);
  writeFileSync(join(dir, 'bad.yaml'), '{');
  assert.throws(() => loadConfig(schema, { file: join(dir, 'bad.yaml'), prefix }), ConfigError);
});

test('no variable can reach the prototype of all objects', () => {
  const env = { FAIRLEAD_TEST___PROTO____POLLUTED: 'yes' };
  assert.throws(() => loadConfig(schema, { env, prefix }), ConfigError);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});
