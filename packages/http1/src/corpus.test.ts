import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REQUEST_CORPUS } from './corpus.ts';

test('the corpus has at least 200 vectors, each with a name and bytes of its own', () => {
  assert.ok(REQUEST_CORPUS.length >= 200, String(REQUEST_CORPUS.length));
  assert.equal(new Set(REQUEST_CORPUS.map(({ name }) => name)).size, REQUEST_CORPUS.length);
  const raws = REQUEST_CORPUS.map(({ raw }) => raw);
  assert.deepEqual(
    raws.filter((raw, index) => raws.indexOf(raw) !== index),
    [],
  );
  for (const { raw } of REQUEST_CORPUS) assert.match(raw, /^[\0-\xff]*$/);
});
