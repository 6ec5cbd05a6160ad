import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, createLogger, createRegistry, startOps } from './index.ts';

test('readyz says why a service is not ready, healthz and metrics answer all the same', async (t) => {
  const registry = createRegistry('test');
  new Counter({ name: 'things_total', help: 'things', registers: [registry] }).inc();
  let reason: string | undefined = 'the bus is away';
  const ops = await startOps({ host: '127.0.0.1', port: 0, ready: () => reason, registry });
  t.after(() => ops.close());
  const get = (path: string) => fetch(`http://127.0.0.1:${ops.port}${path}`);

  const notReady = await get('/readyz');
  assert.equal(notReady.status, 503);
  assert.equal(await notReady.text(), 'the bus is away\n');
  assert.equal((await get('/healthz')).status, 200);
  assert.match(await (await get('/metrics')).text(), /things_total\{component="test"\} 1/);
  reason = undefined;
  assert.equal((await get('/readyz')).status, 200);
  assert.equal((await get('/elsewhere')).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${ops.port}/healthz`, { method: 'POST' })).status, 405);
});

test('a secret that somebody logs by mistake is redacted', () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'i');
  const stream = logger as unknown as Record<symbol, { write(line: string): void }>;
  const symbol = Object.getOwnPropertySymbols(logger).find((s) => s.description === 'pino.stream');
  assert.ok(symbol);
  stream[symbol] = { write: (line) => void lines.push(line) };
  logger.info({ authorization: 'Bearer canary', request: { headers: { cookie: 'canary' } } }, 'hello');
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines[0] ?? '', /canary/);
});
