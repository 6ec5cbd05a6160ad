import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actionOf,
  actions,
  auditClassOf,
  impersonatedResourceName,
  PathError,
  parseRequestTarget,
  requestAttributes,
  resourceNameOf,
} from './index.ts';

function attributesOf(method: string, target: string) {
  const parsed = parseRequestTarget(method, target);
  assert.ok(!(parsed instanceof PathError), target);
  return requestAttributes(method, parsed.path, parsed.query);
}

const ns = '/api/v1/namespaces/d';
const plain: [string, string, string, 'strict' | 'buffered'][] = [
  ['GET', `${ns}/pods/p`, 'k8s:Get', 'buffered'],
  ['HEAD', `${ns}/pods/p`, 'k8s:Get', 'buffered'],
  ['GET', `${ns}/pods`, 'k8s:List', 'buffered'],
  ['GET', `${ns}/pods?watch=1`, 'k8s:Watch', 'buffered'],
  ['GET', '/api/v1/watch/pods', 'k8s:Watch', 'buffered'],
  ['POST', `${ns}/pods`, 'k8s:Create', 'strict'],
  ['PUT', `${ns}/pods/p`, 'k8s:Update', 'strict'],
  ['PATCH', `${ns}/pods/p/status`, 'k8s:Patch', 'strict'],
  ['DELETE', `${ns}/pods/p`, 'k8s:Delete', 'strict'],
  ['DELETE', `${ns}/pods`, 'k8s:DeleteCollection', 'strict'],
  ['OPTIONS', `${ns}/pods`, 'k8s:Options', 'buffered'],
  ['POST', `${ns}/pods/p/eviction`, 'k8s:Create', 'strict'],
  ['GET', `${ns}/pods/p/log`, 'k8s:ReadLogs', 'buffered'],
  ['GET', `${ns}/pods/p/log?follow=true`, 'k8s:ReadLogs', 'buffered'],
  ['POST', `${ns}/serviceaccounts/s/token`, 'k8s:CreateToken', 'strict'],
  ['PATCH', `${ns}/pods/p/ephemeralcontainers`, 'k8s:EphemeralContainers', 'strict'],
  ['GET', '/api/v1/secrets', 'k8s:ReadSecrets', 'strict'],
  ['GET', `${ns}/secrets/s`, 'k8s:ReadSecrets', 'strict'],
  ['GET', `${ns}/secrets?watch=1`, 'k8s:ReadSecrets', 'strict'],
  ['GET', `/api/v1/watch/namespaces/d/secrets`, 'k8s:ReadSecrets', 'strict'],
  ['POST', `${ns}/secrets`, 'k8s:WriteSecrets', 'strict'],
  ['DELETE', `${ns}/secrets`, 'k8s:WriteSecrets', 'strict'],
  ['GET', '/apis/other.io/v1/secrets', 'k8s:List', 'buffered'],
  ['GET', '/api', 'k8s:Discover', 'buffered'],
  ['GET', '/api/v1', 'k8s:Discover', 'buffered'],
  ['GET', '/apis/apps/v1', 'k8s:Discover', 'buffered'],
  ['GET', '/openapi/v3/apis/apps/v1', 'k8s:Discover', 'buffered'],
  ['GET', '/version/', 'k8s:Discover', 'buffered'],
  ['HEAD', '/readyz/etcd', 'k8s:Discover', 'buffered'],
  ['GET', '/', 'k8s:NonResource', 'buffered'],
  ['GET', '/metrics', 'k8s:NonResource', 'buffered'],
  ['GET', '/versions', 'k8s:NonResource', 'buffered'],
  ['POST', '/api/v1', 'k8s:NonResource', 'strict'],
];

test('a request is named by what it does, and audited by what it can do', () => {
  for (const [method, target, action, auditClass] of plain) {
    const attributes = attributesOf(method, target);
    assert.equal(actionOf(attributes, false), action, `${method} ${target}`);
    assert.equal(auditClassOf(actionOf(attributes, false), attributes), auditClass, `${method} ${target}`);
  }
});

test('what executes is named so by every method and with every kind of upgrade', () => {
  const executing: [string, string][] = [
    [`${ns}/pods/p/exec?command=sh`, 'k8s:Exec'],
    ['/api/v1/watch/namespaces/d/pods/p/exec', 'k8s:Exec'],
    [`${ns}/pods/p/attach`, 'k8s:Attach'],
    [`${ns}/pods/p/portforward`, 'k8s:PortForward'],
    [`${ns}/pods/p/proxy`, 'k8s:Proxy'],
    [`${ns}/services/s/proxy/x?watch=1`, 'k8s:Proxy'],
    ['/api/v1/proxy/namespaces/d/pods/p', 'k8s:Proxy'],
    ['/api/v1/nodes/n/proxy/run/d/p/c', 'k8s:NodeProxy'],
    ['/api/v1/proxy/nodes/n/exec', 'k8s:NodeProxy'],
  ];
  for (const [target, action] of executing) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const isUpgrade of [true, false]) {
        const attributes = attributesOf(method, target);
        assert.equal(actionOf(attributes, isUpgrade), action, `${method} ${target}`);
        assert.equal(auditClassOf(action as never, attributes), 'strict');
      }
    }
  }
});

test('an upgrade that nobody knows is not a read', () => {
  for (const target of [
    '/apis/subresources.kubevirt.io/v1/namespaces/d/virtualmachineinstances/v/console',
    `${ns}/pods/p`,
    `${ns}/pods`,
    `${ns}/secrets/s`,
  ]) {
    assert.equal(actionOf(attributesOf('GET', target), true), 'k8s:Connect', target);
  }
  assert.equal(actionOf(attributesOf('GET', '/version'), true), 'k8s:NonResource');
  assert.equal(actionOf(attributesOf('GET', `${ns}/pods?watch=1`), true), 'k8s:Watch');
  assert.equal(actionOf(attributesOf('GET', `${ns}/pods/p/log?follow=1`), true), 'k8s:ReadLogs');
});

test('no action that executes begins with the name of one that reads or changes objects', () => {
  const powerful = [
    'Exec',
    'Attach',
    'PortForward',
    'Proxy',
    'NodeProxy',
    'Connect',
    'EphemeralContainers',
    'Impersonate',
  ];
  for (const prefix of ['Get', 'List', 'Watch', 'Create', 'Update', 'Patch', 'Delete', 'Read', 'Discover']) {
    for (const name of powerful) assert.ok(!name.startsWith(prefix), `k8s:${prefix}* would match k8s:${name}`);
  }
  for (const name of powerful) assert.ok((actions as readonly string[]).includes(`k8s:${name}`), name);
});

test('resources are named cluster first, then namespace, group, resource and object', () => {
  for (const [target, name] of [
    ['/api/v1/namespaces/d/pods/p', 'k8s:demo:d:core/pods/p'],
    ['/api/v1/namespaces/d/pods', 'k8s:demo:d:core/pods'],
    ['/api/v1/namespaces/d/pods/p/log', 'k8s:demo:d:core/pods/p'],
    ['/api/v1/pods', 'k8s:demo:_:core/pods'],
    ['/api/v1/namespaces/d', 'k8s:demo:d:core/namespaces/d'],
    ['/api/v1/namespaces', 'k8s:demo:_:core/namespaces'],
    ['/apis/apps/v1/namespaces/d/deployments/x', 'k8s:demo:d:apps/deployments/x'],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles/a:b', 'k8s:demo:_:rbac.authorization.k8s.io/clusterroles/a:b'],
    ['/api/v1/pods?fieldSelector=metadata.name%3Dp', 'k8s:demo:_:core/pods/p'],
    ['/version', 'k8s:demo:_:nonresource/version'],
    ['/version/', 'k8s:demo:_:nonresource/version'],
    ['/', 'k8s:demo:_:nonresource/'],
  ] as const) {
    assert.equal(resourceNameOf('demo', attributesOf('GET', target)), name, target);
  }
  assert.equal(impersonatedResourceName('demo', 'users', 'jane'), 'k8s:demo:_:core/users/jane');
});
