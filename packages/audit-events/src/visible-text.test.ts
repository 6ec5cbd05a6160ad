import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shortText, visibleText } from './visible-text.ts';

test('text that would act on a terminal or run backwards is written out', () => {
  assert.equal(visibleText('a\u001b[31mb'), 'a\\u001b[31mb');
  assert.equal(visibleText('line\r\nforged'), 'line\\u000d\\u000aforged');
  assert.equal(visibleText('admin\u202etxt'), 'admin\\u202etxt');
  assert.equal(visibleText('x\ud800y'), 'x\\ud800y');
  assert.equal(visibleText('tag\u{e0041}'), 'tag\\u{e0041}');
  assert.equal(visibleText('Grüße, 世界 🙂'), 'Grüße, 世界 🙂');
});

test('visible text is well-formed and needs no second pass', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const visible = visibleText(text);
      assert.ok(visible.isWellFormed());
      assert.equal(visibleText(visible), visible);
    }),
  );
});

test('shortened text says how much is missing and stays well-formed', () => {
  assert.equal(shortText('abcdef', 6), 'abcdef');
  assert.equal(shortText('abcdef', 4), 'abcd…(+2)');
  assert.equal(shortText('abc🙂', 4), 'abc…(+2)');
});
