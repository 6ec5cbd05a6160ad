import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isInt64, isLabelSelector, requiredFieldValue } from './selectors.ts';

test('label selectors that labels.Parse accepts', () => {
  for (const selector of [
    '',
    ' ',
    'a',
    '!a',
    'a=b',
    'a==b',
    'a!=b',
    'a=',
    'a!=',
    'a=,b',
    'a,b,!c',
    'a in (b)',
    'a in (b,c)',
    'a in ()',
    'a in (,)',
    'a in (,b)',
    'a in (b,)',
    'a in (,,b)',
    'a notin(b)',
    'in in (in,notin)',
    'notin',
    'a>1',
    'a<5',
    'x.io/a=b',
    'a\t=\nb',
    'a = b , c',
    `${'k'.repeat(63)}=${'v'.repeat(63)}`,
    'a\0',
    'a=b\0',
    '\0,,,',
  ]) {
    assert.equal(isLabelSelector(selector), true, JSON.stringify(selector));
  }
});

test('label selectors that labels.Parse refuses', () => {
  for (const selector of [
    ',',
    'a,',
    ',a',
    'a,,b',
    '=b',
    'a=b=c',
    'a===b',
    'a b',
    'a in b',
    'a in (b',
    'a in b)',
    'a in (b c)',
    'a in (=)',
    'a in (b))',
    '(a)',
    '!a=b',
    '!!a',
    '!',
    'a>x',
    'a>',
    'a<1.5',
    '-a=b',
    'a=-b',
    'a=b-',
    'a=ü',
    'x/y/z',
    '/a',
    'a/',
    'X.io/a',
    `${'k'.repeat(64)}`,
    `a=${'v'.repeat(64)}`,
    'a=b\0c',
  ]) {
    assert.equal(isLabelSelector(selector), false, JSON.stringify(selector));
  }
});

test('a field selector requires the value that the API server finds in it', () => {
  const nothing = { isValid: true, value: undefined };
  const invalid = { isValid: false, value: undefined };
  for (const [selector, expected] of [
    ['', nothing],
    [',,', nothing],
    ['f=x', { isValid: true, value: 'x' }],
    ['f==x', { isValid: true, value: 'x' }],
    ['f!=x', nothing],
    ['f!==x', invalid],
    ['f===x', invalid],
    ['g=y,f=x', { isValid: true, value: 'x' }],
    ['f=b,f=a', { isValid: true, value: 'a' }],
    ['f=\\,\\=\\\\', { isValid: true, value: ',=\\' }],
    ['f=\\', invalid],
    ['f=\\x', invalid],
    ['f', invalid],
    [' f=x', nothing],
  ] as const) {
    assert.deepEqual(requiredFieldValue(selector, 'f'), expected, selector);
  }
});

test('any text is judged without an exception', () => {
  const alphabet = fc.constantFrom(...'ab=!(),<> \t\0\\/.-inot1'.split(''));
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 30 }), (characters) => {
      const text = characters.join('');
      assert.equal(typeof isLabelSelector(text), 'boolean');
      assert.equal(typeof requiredFieldValue(text, 'a').isValid, 'boolean');
    }),
    { numRuns: 5000 },
  );
});

test('integers are those of 64 bits', () => {
  for (const text of ['0', '-1', '+7', '9223372036854775807', '-9223372036854775808', '007'])
    assert.ok(isInt64(text), text);
  for (const text of ['', ' 1', '1 ', '0x1', '1_000', '1e3', '9223372036854775808', '-9223372036854775809', '--1']) {
    assert.ok(!isInt64(text), text);
  }
});
