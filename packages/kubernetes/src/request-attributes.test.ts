import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathError, parseRequestTarget, requestAttributes } from './index.ts';
import { requestCases } from './request-cases.ts';

function attributesOf(method: string, target: string) {
  const parsed = parseRequestTarget(method, target);
  assert.ok(
    !(parsed instanceof PathError),
    `${method} ${target}: ${parsed instanceof PathError ? parsed.message : ''}`,
  );
  return requestAttributes(method, parsed.path, parsed.query);
}

test('each request of the table has the attributes that the API server gives it', () => {
  assert.ok(requestCases.length >= 150, `${requestCases.length} cases`);
  for (const { method, target, ...expected } of requestCases) {
    const attributes = attributesOf(method, target);
    const actual = Object.fromEntries(
      Object.keys(expected).map((key) => [key, attributes[key as keyof typeof expected]]),
    );
    assert.deepEqual(actual, expected, `${method} ${target}`);
  }
});

test('selectors are told for list, watch and deletecollection only, and never for the legacy watch prefix', () => {
  const query = '?labelSelector=a%3Db&fieldSelector=spec.x%3Dy&labelSelector=second';
  for (const [method, path, has] of [
    ['GET', '/api/v1/pods', true],
    ['GET', '/api/v1/namespaces/d/pods', true],
    ['DELETE', '/api/v1/namespaces/d/pods', true],
    ['GET', '/api/v1/namespaces/d/pods/p', false],
    ['POST', '/api/v1/namespaces/d/pods', false],
    ['GET', '/api/v1/watch/pods', false],
  ] as const) {
    const { labelSelector, fieldSelector } = attributesOf(method, path + query);
    assert.deepEqual([labelSelector, fieldSelector], has ? ['a=b', 'spec.x=y'] : ['', ''], `${method} ${path}`);
  }
  const broken = attributesOf('GET', '/api/v1/pods?labelSelector=%21%21&fieldSelector=rubbish');
  assert.deepEqual([broken.labelSelector, broken.fieldSelector], ['!!', 'rubbish']);
});

test('long-running are watches, followed logs, exec, attach, port-forward and proxies', () => {
  const pod = '/api/v1/namespaces/d/pods/p';
  for (const target of [
    '/api/v1/pods?watch=1',
    '/api/v1/watch/pods',
    '/api/v1/proxy/nodes/n',
    `${pod}/exec?command=x`,
    `${pod}/attach`,
    `${pod}/portforward`,
    `${pod}/proxy/x`,
    `${pod}/log?follow`,
    `${pod}/log?follow=yes`,
  ]) {
    assert.equal(attributesOf('GET', target).isLongRunning, true, target);
  }
  for (const target of [
    '/api/v1/pods',
    pod,
    `${pod}/log`,
    `${pod}/log?follow=false`,
    `${pod}/log?follow=0`,
    '/version?watch=1',
  ]) {
    assert.equal(attributesOf('GET', target).isLongRunning, false, target);
  }
});

test('escaping any character of a segment changes no attribute', () => {
  const segment = fc.stringMatching(/^[a-z0-9][a-z0-9.:@!$&'()*+,=_~-]{0,6}$/);
  const word = fc.oneof(
    segment,
    fc.constantFrom('api', 'apis', 'v1', 'namespaces', 'pods', 'status', 'watch', 'proxy', 'exec'),
  );
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
  fc.assert(
    fc.property(
      method,
      fc.array(word, { minLength: 1, maxLength: 9 }),
      fc.infiniteStream(fc.boolean()),
      (method, words, coins) => {
        const plain = `/${words.join('/')}`;
        const escaped = plain.replace(/[^/]/g, (c) => (coins.next().value ? `%${c.charCodeAt(0).toString(16)}` : c));
        assert.deepEqual(attributesOf(method, escaped), attributesOf(method, plain));
      },
    ),
    { numRuns: 2000 },
  );
});

test('what a resource request names comes from its path, in order, and nothing is lost', () => {
  const segment = fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 4, maxLength: 8 }), (words) => {
      const { apiGroup, apiVersion, parts, namespace, isResourceRequest } = attributesOf(
        'POST',
        `/apis/${words.join('/')}`,
      );
      assert.ok(isResourceRequest);
      const inPath = [apiGroup, apiVersion];
      const verbInPath = words[2] === 'watch' || words[2] === 'proxy' ? [words[2]] : [];
      const namespaced = namespace !== '' && parts[0] !== 'namespaces' ? ['namespaces', namespace] : [];
      assert.deepEqual([...inPath, ...verbInPath, ...namespaced, ...parts], words);
    }),
    { numRuns: 1000 },
  );
});
