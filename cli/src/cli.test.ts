import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import fc from 'fast-check';
import { CredentialStore } from './credential-store.ts';
import { askHub, type HubError } from './hub-client.ts';
import { kubeconfig } from './kubeconfig.ts';
import { type HubProfile, NotLoggedInError, readProfile, writeProfile } from './profile.ts';
import { printable, table } from './table.ts';

const profile: HubProfile = {
  url: 'https://hub.example:8443',
  session: 'a-session',
  sessionExpiresAt: '2030-01-01T00:00:00Z',
  user: 'ada',
};

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('a login is remembered for its owner only, and the last one is the current one', (t) => {
  const file = join(folder(t), 'deep', 'config.json');
  writeProfile(file, { ...profile, url: 'https://other.example' });
  writeProfile(file, profile);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readProfile(file), profile);
  assert.equal(readProfile(file, 'https://other.example/').url, 'https://other.example');
});

test('without a login, with an ended one or a damaged file, the message says what to run', (t) => {
  const file = join(folder(t), 'config.json');
  assert.throws(() => readProfile(file), NotLoggedInError);
  writeProfile(file, profile);
  assert.throws(() => readProfile(file, undefined, new Date('2031-01-01')), /ended at 2030.*fairlead login https:/);
  writeFileSync(file, '{');
  assert.throws(() => readProfile(file), /damaged/);
});

test('a kubeconfig has one context a cluster, holds no secret, and client-node reads it', () => {
  const text = kubeconfig({
    hubUrl: 'https://hub.example:8443/',
    ca: 'PEM',
    clusters: ['east', 'west'],
    command: ['/bin/fairlead'],
    env: { FAIRLEAD_CONFIG: '/some/where' },
  });
  assert.doesNotMatch(text, /a-session/);
  const config = new KubeConfig();
  config.loadFromString(text);
  assert.equal(config.getCurrentContext(), 'fairlead-east');
  assert.equal(config.getCluster('fairlead-west')?.server, 'https://hub.example:8443/clusters/west');
  assert.deepEqual(config.getUser('fairlead-west')?.exec.args, [
    'credential',
    '--hub',
    'https://hub.example:8443',
    '--cluster',
    'west',
  ]);
});

test('a cluster credential is asked for once, and again before it ends or after a new login', async (t) => {
  const store = new CredentialStore(join(folder(t), 'config.json'));
  let issued = 0;
  const issue = async () => ({ token: `t${++issued}`, expiresAt: '2029-01-01T00:10:00Z' });
  const early = Date.parse('2029-01-01T00:00:00Z');
  assert.equal((await store.get(profile, 'east', issue, early)).token, 't1');
  assert.equal((await store.get(profile, 'east', issue, early)).token, 't1');
  assert.equal((await store.get(profile, 'west', issue, early)).token, 't2');
  assert.equal((await store.get(profile, 'east', issue, early + 9.5 * 60_000)).token, 't3');
  assert.equal((await store.get({ ...profile, session: 'another' }, 'east', issue, early)).token, 't4');
});

test('a hub that cannot be reached is named', async () => {
  await assert.rejects(askHub({ url: 'https://127.0.0.1:1' }, 'GET', '/api/v1/whoami'), (error: HubError) => {
    assert.equal(error.code, 'HUB_UNREACHABLE');
    assert.match(error.message, /127\.0\.0\.1:1/);
    return true;
  });
});

test('no text from the hub can move the cursor or turn the line around', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
      assert.doesNotMatch(printable(text), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
  assert.equal(
    table(['A', 'LONG'], [['x\u001b[2J', 'y']]),
    'A             LONG\nx\\u001b[2J   y'.replace('A             ', 'A            '),
  );
});
