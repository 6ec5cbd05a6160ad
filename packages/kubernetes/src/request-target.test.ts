import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathError, type PathErrorCode, parseRequestTarget, requestAttributes } from './index.ts';

function faultOf(target: string, method = 'GET'): PathErrorCode | undefined {
  const parsed = parseRequestTarget(method, target);
  return parsed instanceof PathError ? parsed.code : undefined;
}

const refused: Record<PathErrorCode, string[]> = {
  METHOD_NOT_ALLOWED: [],
  TARGET_FORM: [
    '',
    '*',
    'api/v1',
    'http://other/api/v1/pods',
    'https://user@hub/api',
    'other:443',
    '?watch=1',
    '\\api',
    ' /api',
    '%2fapi',
  ],
  PATH_EMPTY_SEGMENT: [
    '//',
    '//api/v1/pods',
    '///version',
    '/api//v1/pods',
    '/api/v1//pods',
    '/api/v1/pods//',
    '/api/v1/namespaces//pods',
    '/api/v1/namespaces/default//pods/p',
    '//version',
    '/api/v1/namespaces/d/pods/p//proxy/x',
    '/api/v1/namespaces/d/pods//p/proxy/',
  ],
  PATH_DOT_SEGMENT: [
    '/.',
    '/..',
    '/./api',
    '/../api',
    '/api/./v1/pods',
    '/api/v1/namespaces/default/../kube-system/secrets',
    '/api/v1/pods/..',
    '/api/v1/pods/.',
    '/api/v1/pods/../',
    '/api/v1/%2e%2e/secrets',
    '/api/v1/.%2e/secrets',
    '/api/v1/%2E./secrets',
    '/api/v1/%2e/pods',
    '/version/..?x=y',
    '/api/v1/namespaces/d/services/s/proxy/..',
    '/api/v1/namespaces/d/services/s/proxy/../../../secrets',
    '/api/v1/namespaces/d/services/s/proxy/a/./b',
    '/api/v1/namespaces/d/services/s/proxy/%2e%2e/x',
    '/api/v1/namespaces/d/services/s/proxy/a%2f..%2fb',
    '/api/v1/namespaces/d/services/s/proxy/a%5c..%5cb',
    '/api/v1/nodes/n/proxy/..%2fpods',
  ],
  PATH_ESCAPE: [
    '/%',
    '/api/%4',
    '/api/v1/pods/%zz',
    '/api/v1/pods/%2',
    '/api/%%41',
    '/version%',
    '/api/v1/nodes/n/proxy/%g0',
  ],
  PATH_CHARACTER: [
    '/api/v1%2fsecrets',
    '/api%2Fv1/secrets',
    '/api/v1/namespaces/default%2fsecrets',
    '/api/v1/pods/a%5cb',
    '/api/v1/pods/a%00',
    '/%00',
    '/api/v1/pods/%252e%252e',
    '/api/v1/pods/%25',
    '/api/v1/pods/%2570',
    '/api/v1/pods/a;b=c',
    '/api/v1/pods;/x',
    '/api/v1/pods/%3b',
    '/api/v1/pods#x',
    '/api/v1/pods/%23',
    '/api/v1\\pods',
    '/api/v1/pods/a b',
    '/api/v1/pods/a%20b',
    '/api/v1/pods/a\tb',
    '/api/v1/pods/a\r\nHost: x',
    '/api/v1/pods/a%0d%0ab',
    '/api/v1/pods/%7f',
    '/api/v1/pods/ü',
    '/api/v1/pods/%c3%bc',
    '/api/v1/pods/%c0%af',
    '/api/v1/pods/"x"',
    '/api/v1/pods/<x>',
    '/api/v1/pods/{x}',
    '/api/v1/pods/a|b',
    '/api/v1/pods/a^b',
    '/api/v1/pods/a`b',
    '/api/v1/pods/[x]',
    '/api/v1/pods/%3f',
    '/api/v1/namespaces/d/pods/p/proxy/%00',
    '/api/v1/namespaces/d/pods/p/proxy/a b',
    '/api/v1/namespaces/d/pods/p/proxy/a\\b',
    '/api/v1/namespaces/d/pods/p/proxy/a#b',
    '/api/v1/namespaces/d/pods/p/proxy/a|b',
    // a proxy that is not the subresource has no tail of its own
    '/api/v1/namespaces/d/proxy/a%2fb',
    '/api/v1/proxy/nodes/n/a%2fb',
    '/api/v1/watch/namespaces/d/pods/p/proxy/a%2fb',
    '/api/v1/namespaces/d/pods/proxy/a%2fb',
    '/api/v1/namespaces/d/status/proxy/a%2fb',
    '/api/v1/namespaces/d/pods/p/log/proxy/a%2fb',
    '/proxy/a%2fb',
    '/apix/v1/nodes/n/proxy/a%2fb',
  ],
  QUERY_CHARACTER: ['/api?a b', '/api?a#b', '/api?a=ü', '/api?a=\0', '/api?a=\x7f', '/api?\r\nHost: x'],
  QUERY_SEMICOLON: ['/api/v1/pods?watch=1;x', '/api/v1/pods?;watch=1', '/api/v1/pods?a=b;watch=1&c=d', '/api?;'],
  QUERY_ESCAPE: [
    '/api/v1/pods?watch=%',
    '/api/v1/pods?%zz=1',
    '/api/v1/pods?watch%3=1',
    '/api/v1/pods?a=%2',
    '/api/v1/pods?w=%u0041',
  ],
  QUERY_ENCODING: [
    '/api/v1/pods?%ff=1',
    '/api/v1/pods?fieldSelector=metadata.name%3D%ff',
    '/api/v1/pods?watch=%c0%af',
    '/api?%ed%a0%80=1',
  ],
  QUERY_TOO_LONG: [`/api/v1/pods?${'&'.repeat(1000)}watch=1`, `/api/v1/pods?${'a=b&'.repeat(1001)}`],
};

test('what the API server could read otherwise is refused, with the reason', () => {
  const rows = Object.entries(refused).flatMap(([code, targets]) => targets.map((target) => [code, target] as const));
  assert.ok(rows.length >= 80, `${rows.length} rows`);
  for (const [code, target] of rows) assert.equal(faultOf(target), code, JSON.stringify(target));
});

test('methods that no API server serves get 405, whatever their case', () => {
  for (const method of ['CONNECT', 'TRACE', 'get', 'Get', 'PROPFIND', 'WATCH', 'LIST', 'PROXY', '', 'GET ']) {
    const parsed = parseRequestTarget(method, '/api');
    assert.ok(parsed instanceof PathError);
    assert.deepEqual([parsed.code, parsed.status], ['METHOD_NOT_ALLOWED', 405], method);
  }
  const badPath = parseRequestTarget('GET', '//');
  assert.ok(badPath instanceof PathError && badPath.status === 400);
});

test('behind the proxy subresource any escape passes, byte for byte', () => {
  for (const [tail, path] of [
    ['', ''],
    ['a%2Fb', 'a/b'],
    ['api/queues/%2f/q%20x', 'api/queues///q x'],
    ['a//b', 'a//b'],
    ['a;v=1/b;c', 'a;v=1/b;c'],
    ['%e2%82%ac', '€'],
    ['%5Cx', '\\x'],
    ['%252e%252e', '%2e%2e'],
    ['a%3Fb', 'a?b'],
    ['...', '...'],
  ] as const) {
    for (const prefix of [
      '/api/v1/namespaces/d/services/s/proxy/',
      '/api/v1/nodes/n/proxy/',
      '/apis/g.x/v1/things/t/prox%79/',
    ]) {
      const parsed = parseRequestTarget('GET', `${prefix}${tail}?x=%2F`);
      assert.ok(!(parsed instanceof PathError), `${prefix}${tail}`);
      assert.equal(parsed.target, `${prefix}${tail}?x=%2F`);
      assert.equal(parsed.path, `${prefix.replace('%79', 'y')}${path}`);
      assert.equal(requestAttributes('GET', parsed.path, parsed.query).subresource, 'proxy');
    }
  }
});

test('the query is read as Go reads it', () => {
  const parsed = parseRequestTarget('GET', '/api?a=1&a=2&b&c=&=d&&e=x%20y+z%2B&f%3dg=h=i&command=%ff');
  assert.ok(!(parsed instanceof PathError));
  assert.deepEqual(Object.fromEntries(parsed.query), {
    a: ['1', '2'],
    b: [''],
    c: [''],
    '': ['d'],
    e: ['x y z+'],
    'f=g': ['h=i'],
    command: ['\ufffd'],
  });
});

/** A second reading of the rules, as WHATWG URL and URLSearchParams see them. */
test('an accepted target is what a URL parser without opinions would make of it', () => {
  const piece = fc.constantFrom(
    '/',
    '/',
    'api',
    'v1',
    'namespaces',
    'pods',
    'proxy',
    'p',
    '.',
    '..',
    '%2e',
    '%2F',
    '%41',
    '%',
    ';',
    '~',
    ':',
    '?',
    '&',
    '=',
    '+',
    'watch',
    '#',
    '\\',
    ' ',
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const target = `/${pieces.join('')}`;
      const parsed = parseRequestTarget('GET', target);
      if (parsed instanceof PathError) return;
      accepted++;
      assert.equal(parsed.target, target);
      const url = new URL(`http://hub${target}`);
      assert.equal(url.href, `http://hub${target}`);
      assert.equal(decodeURIComponent(url.pathname), parsed.path);
      assert.deepEqual(
        [...parsed.query].flatMap(([key, values]) => values.map((value) => `${key}=${value}`)).sort(),
        [...url.searchParams].map(([key, value]) => `${key}=${value}`).sort(),
      );
      const attributes = requestAttributes('GET', parsed.path, parsed.query);
      if (attributes.subresource !== 'proxy') assert.doesNotMatch(parsed.path, /\/\/|[%;\\#?]|\/\.{1,2}(\/|$)/);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(accepted > 500, `only ${accepted} targets were accepted`);
});

test('a long target is judged like a short one', () => {
  for (const [target, code] of [
    ['/a'.repeat(50_000), undefined],
    [`/${'a'.repeat(100_000)}%`, 'PATH_ESCAPE'],
    [`/${'%41'.repeat(30_000)};`, 'PATH_CHARACTER'],
    ['/.'.repeat(50_000), 'PATH_DOT_SEGMENT'],
    [`/api?${'&'.repeat(100_000)}`, 'QUERY_TOO_LONG'],
    [`/api?a=${'%41'.repeat(30_000)}`, undefined],
  ] as const) {
    assert.equal(faultOf(target), code);
  }
});
