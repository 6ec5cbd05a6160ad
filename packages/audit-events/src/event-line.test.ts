import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { AuditEvent } from './event.ts';
import { eventLine } from './event-line.ts';
import { sampleEvent } from './sample-event.ts';
import { visibleText } from './visible-text.ts';

const schema = JSON.parse(readFileSync(new URL('./event.schema.json', import.meta.url), 'utf8')) as object;
const validate = new Ajv2020({ strict: true, allErrors: true }).compile<AuditEvent>(schema);
const parse = (line: string) => JSON.parse(line) as AuditEvent;
const lineOf = (changes: Parameters<typeof sampleEvent>[0] = {}) =>
  eventLine(sampleEvent(changes), 'gateway', '0123456789ab', 7);

test('events match the published schema', () => {
  const response = { code: 200, bytesIn: 0, bytesOut: 512, endReason: 'complete', durationMs: 3.5 } as const;
  for (const line of [
    lineOf(),
    lineOf({ stage: 'ResponseComplete', response }),
    lineOf({ impersonated: { user: 'bob', groups: [] } }),
  ]) {
    assert.ok(validate(parse(line)), JSON.stringify(validate.errors));
  }
  assert.deepEqual(parse(lineOf()).producer, { component: 'gateway', instance: '0123456789ab', seq: 7 });
});

test('the schema refuses what is no event', () => {
  const event = parse(lineOf());
  const { actor: _, ...anonymous } = event;
  assert.ok(validate(anonymous));
  for (const wrong of [
    { ...event, v: 2 },
    { ...event, stage: 'Done' },
    { ...event, auditID: 'x' },
    { ...event, token: 'x' },
    { ...event, producer: { ...event.producer, seq: 0 } },
    { ...event, stageTimestamp: '2026-11-30' },
  ]) {
    assert.ok(!validate(wrong));
  }
});

test('whatever a client sends, each text of the event is visible and the line is one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (user, userAgent) => {
      const actor = { issuer: 'i', user, groups: [user], credential: 'jwt' } as const;
      const line = lineOf({ actor, source: { ip: '192.0.2.7', userAgent } });
      const event = parse(line);
      assert.equal(event.actor?.user, visibleText(user));
      assert.equal(event.actor?.groups[0], visibleText(user));
      assert.equal(event.source.userAgent, visibleText(userAgent));
      assert.ok(!line.includes('\n'));
    }),
  );
});

test('an oversized event is shortened, says so, and stays below the largest leaf of a transparency log', () => {
  const huge = '界"'.repeat(20_000);
  const groups = Array.from({ length: 5_000 }, (_, index) => `${index}${huge.slice(0, 300)}`);
  const line = lineOf({
    actor: { issuer: huge, user: huge, groups, credential: 'jwt', credentialId: huge },
    impersonated: { user: huge, groups },
    source: { ip: huge, userAgent: huge },
    decision: { effect: 'Deny', statements: groups, policyVersion: huge },
    request: {
      method: huge,
      verb: huge,
      action: huge,
      requestURI: huge,
      objectRef: { apiGroup: huge, apiVersion: huge, resource: huge, subresource: huge, namespace: huge, name: huge },
    },
  });
  assert.ok(Buffer.byteLength(line) < 65_535, `${Buffer.byteLength(line)} bytes`);
  const event = parse(line);
  assert.ok(validate(event), JSON.stringify(validate.errors));
  assert.match(event.actor?.user ?? '', /^界".*…\(\+\d+\)$/);
  assert.equal(event.actor?.groups.at(-1), `…(+${5_000 - 24})`);
});
