import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ComponentName, formatComponentName, hubComponents, parseComponentName } from './component-name.ts';

const clusterId = `A${'B2'.repeat(27)}C`;

const names: fc.Arbitrary<ComponentName> = fc.oneof(
  fc.record({
    kind: fc.constant('hub' as const),
    component: fc.constantFrom(...hubComponents),
    instance: fc.stringMatching(/^[a-z0-9]{1,12}$/),
  }),
  fc.record({ kind: fc.constant('agent' as const), clusterId: fc.stringMatching(/^A[A-Z2-7]{55}$/) }),
);

test('every name is read back as it was written', () => {
  fc.assert(
    fc.property(names, fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,3}$/), (name, trustDomain) => {
      assert.deepEqual(parseComponentName(formatComponentName(trustDomain, name)), { name: { ...name }, trustDomain });
    }),
  );
});

for (const uri of [
  '',
  'spiffe://fairlead.local',
  'spiffe://fairlead.local/',
  'spiffe://fairlead.local/hub/gateway',
  'spiffe://fairlead.local/hub/gateway/',
  'spiffe://fairlead.local/hub/gateway/a/b',
  'spiffe://fairlead.local/hub/gateway/a/',
  'spiffe://fairlead.local//hub/gateway/a',
  'spiffe://fairlead.local/hub/console/a',
  'spiffe://fairlead.local/hub/Gateway/a',
  'spiffe://fairlead.local/hub/gateway/..',
  'spiffe://fairlead.local/hub/gateway/%61',
  'spiffe://fairlead.local/hub/gateway/a?x',
  'spiffe://fairlead.local/hub/gateway/a#x',
  'spiffe://fairlead.local/hub/gateway/a\n',
  'spiffe://fairlead.local/hub/gateway/a ',
  'spiffe://fairlead.local:443/hub/gateway/a',
  'spiffe://user@fairlead.local/hub/gateway/a',
  'spiffe://Fairlead.local/hub/gateway/a',
  'spiffe:///hub/gateway/a',
  'SPIFFE://fairlead.local/hub/gateway/a',
  'https://fairlead.local/hub/gateway/a',
  `spiffe://fairlead.local/cluster/${clusterId}`,
  `spiffe://fairlead.local/cluster/${clusterId}/Agent`,
  `spiffe://fairlead.local/cluster/${clusterId.toLowerCase()}/agent`,
  `spiffe://fairlead.local/cluster/U${clusterId.slice(1)}/agent`,
  `spiffe://fairlead.local/cluster/${clusterId}X/agent`,
  'spiffe://fairlead.local/cluster/*/agent',
]) {
  test(`${JSON.stringify(uri)} is no component's name`, () => {
    assert.throws(() => parseComponentName(uri), { code: 'NAME_MALFORMED' });
  });
}

test('a name that could not be read back is not written', () => {
  assert.throws(() => formatComponentName('a/b', { kind: 'agent', clusterId }), { code: 'NAME_MALFORMED' });
  assert.throws(() => formatComponentName('a', { kind: 'agent', clusterId: '../hub/gateway' }), {
    code: 'NAME_MALFORMED',
  });
});
