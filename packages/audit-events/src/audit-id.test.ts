import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newAuditId } from './audit-id.ts';

test('ids are version 7 UUIDs of their millisecond, all different, sorted', () => {
  const nowMs = Date.UTC(2026, 10, 30, 12);
  const ids = Array.from({ length: 3_000 }, () => newAuditId(nowMs));
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16), nowMs);
  }
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(ids.toSorted(), ids);
  assert.ok(newAuditId(nowMs + 1) > (ids.at(-1) as string));
});
