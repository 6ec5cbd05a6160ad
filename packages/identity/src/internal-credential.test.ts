import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { rawPublicKey } from './ed25519.ts';
import {
  CredentialCache,
  CredentialSigner,
  type InternalCredential,
  signCredential,
  verifyCredential,
} from './internal-credential.ts';
import type { Principal } from './principal.ts';

const clusterId = `A${'B2'.repeat(27)}C`;
const otherClusterId = `A${'C3'.repeat(27)}D`;
const gateway = '0123456789ab';
const otherGateway = 'ba9876543210';
const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;
const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = rawPublicKey(privateKey);
const expected = { publicKey, gateway, clusterId, nowMs };

const alice: Principal = {
  user: 'alice@example.com',
  uid: '42',
  groups: ['dev', 'ops'],
  extra: { 'example.com/scope': ['a', 'b'] },
  issuer: 'https://idp.example',
};
const good: InternalCredential = {
  gateway,
  clusterId,
  principal: alice,
  issuedAt: now,
  expiresAt: now + 60,
  id: '00112233aabbccdd',
};

/** Signs any statement as a gateway that has lost its mind would. */
function forge(statement: string | Buffer, domain = 'fairlead-internal-credential-v1\0'): Buffer {
  const body = Buffer.from(statement as string);
  return Buffer.concat([sign(null, Buffer.concat([Buffer.from(domain), body]), privateKey), body]);
}

const statementOf = (credential: InternalCredential) =>
  signCredential(credential, privateKey).bytes.subarray(64).toString();
const changed = (change: (statement: Record<string, unknown>) => void) => {
  const statement = JSON.parse(statementOf(good)) as Record<string, unknown>;
  change(statement);
  return forge(JSON.stringify(statement));
};

const principals: fc.Arbitrary<Principal> = fc
  .record({
    user: fc.string({ minLength: 1, unit: 'binary' }),
    uid: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    groups: fc.array(fc.string(), { maxLength: 8 }),
    extra: fc.dictionary(fc.string({ unit: 'binary' }), fc.array(fc.string(), { maxLength: 3 }), { maxKeys: 4 }),
    issuer: fc.string(),
  })
  .map(({ uid, ...rest }) => (uid === undefined ? rest : { ...rest, uid }));

test('a credential says to its verifier what its signer meant, for any principal', () => {
  fc.assert(
    fc.property(principals, (principal) => {
      const { bytes } = signCredential({ ...good, principal }, privateKey);
      const read = verifyCredential(bytes, expected);
      assert.deepEqual(
        { ...read.principal, extra: { ...read.principal.extra } },
        { ...principal, extra: { ...principal.extra } },
      );
      assert.equal(read.id, good.id);
    }),
  );
});

test('no changed byte goes unnoticed', () => {
  const { bytes } = signCredential(good, privateKey);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ flip;
      assert.throws(() => verifyCredential(altered, expected), { code: 'CREDENTIAL_BAD_SIGNATURE' });
    }),
  );
});

for (const [what, credential, code] of [
  ['for another cluster', { ...good, clusterId: otherClusterId }, 'CREDENTIAL_WRONG_CLUSTER'],
  ['of another gateway', { ...good, gateway: otherGateway }, 'CREDENTIAL_WRONG_GATEWAY'],
  [
    'that ended beyond the clocks’ difference',
    { ...good, issuedAt: now - 90, expiresAt: now - 30 },
    'CREDENTIAL_EXPIRED',
  ],
  ['from the future beyond it', { ...good, issuedAt: now + 31, expiresAt: now + 60 }, 'CREDENTIAL_NOT_YET_VALID'],
  ['that lasts 61 s', { ...good, expiresAt: now + 61 }, 'CREDENTIAL_MALFORMED'],
  ['that ends before it begins', { ...good, expiresAt: now }, 'CREDENTIAL_MALFORMED'],
  ['with half a second', { ...good, issuedAt: now + 0.5 }, 'CREDENTIAL_MALFORMED'],
  ['without a user', { ...good, principal: { ...alice, user: '' } }, 'CREDENTIAL_MALFORMED'],
  ['of an instance that is none', { ...good, gateway: '../gateway' }, 'CREDENTIAL_MALFORMED'],
] as const) {
  test(`a credential ${what} is refused, although its signature holds`, () => {
    const { bytes } = signCredential(credential, privateKey);
    assert.throws(() => verifyCredential(bytes, expected), { code });
  });
}

test('clocks may differ by half a minute', () => {
  for (const [issuedAt, expiresAt] of [
    [now + 30, now + 60],
    [now - 89, now - 29],
  ] as const) {
    const { bytes } = signCredential({ ...good, issuedAt, expiresAt }, privateKey);
    assert.equal(verifyCredential(bytes, expected).issuedAt, issuedAt);
  }
});

for (const [what, bytes] of [
  ['an extra field', changed((s) => Object.assign(s, { admin: true }))],
  ['an extra field in the principal', changed((s) => Object.assign(s.principal as object, { admin: true }))],
  ['another version', changed((s) => Object.assign(s, { v: 2 }))],
  ['a missing field', changed((s) => Reflect.deleteProperty(s, 'id'))],
  ['groups that are text', changed((s) => Object.assign(s.principal as object, { groups: 'system:masters' }))],
  ['groups of numbers', changed((s) => Object.assign(s.principal as object, { groups: [1] }))],
  ['extra that is a list', changed((s) => Object.assign(s.principal as object, { extra: [] }))],
  ['times as text', changed((s) => Object.assign(s, { iat: String(now) }))],
  ['no principal', changed((s) => Object.assign(s, { principal: null }))],
  ['a key twice', forge(statementOf(good).replace('"v":1', '"v":1,"v":1'))],
  ['a user twice', forge(statementOf(good).replace('"user":', '"user":"root","user":'))],
  ['white space', forge(statementOf(good).replace('"v":1', '"v": 1'))],
  ['a number spelt otherwise', forge(statementOf(good).replace(`"iat":${now}`, `"iat":${now}.0`))],
  ['an escape that is not needed', forge(statementOf(good).replace('alice', '\\u0061lice'))],
  ['bytes that are not UTF-8', forge(Buffer.concat([Buffer.from(statementOf(good)), Buffer.from([0xff])]))],
  ['no JSON', forge('x')],
  ['a list', forge('[]')],
  ['no statement', Buffer.alloc(64)],
  ['nothing', Buffer.alloc(0)],
  ['too much', Buffer.alloc(32_769)],
] as const) {
  test(`a credential with ${what} is refused`, () => {
    assert.throws(() => verifyCredential(bytes, expected), { code: 'CREDENTIAL_MALFORMED' });
  });
}

test('a signature by another key, for another purpose or with a key that is none does not hold', () => {
  const { bytes } = signCredential(good, privateKey);
  const other = rawPublicKey(generateKeyPairSync('ed25519').privateKey);
  const bare = forge(statementOf(good), '');
  const otherPurpose = forge(statementOf(good), 'fairlead-receipt-v1\0');
  const jwt = Buffer.concat([Buffer.alloc(64), Buffer.from(`{"alg":"none"}.${statementOf(good)}.`)]);
  for (const [candidate, key] of [
    [bytes, other],
    [bytes, ''],
    [bytes, `${publicKey}=`],
    [bytes, publicKey.slice(1)],
    // the identity point: some verifiers let it sign anything
    [bytes, Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]).toString('base64url')],
    [bare, publicKey],
    [otherPurpose, publicKey],
    [jwt, publicKey],
  ] as const) {
    assert.throws(() => verifyCredential(candidate, { ...expected, publicKey: key }), {
      code: 'CREDENTIAL_BAD_SIGNATURE',
    });
  }
});

test('one credential serves a principal at a cluster until 15 s before its end', () => {
  const signer = new CredentialSigner({ gateway });
  const first = signer.credentialFor(alice, clusterId, nowMs);
  const sameAgain = signer.credentialFor({ ...alice, extra: { ...alice.extra } }, clusterId, nowMs + 44_999);
  assert.equal(sameAgain, first);
  assert.notEqual(signer.credentialFor(alice, otherClusterId, nowMs), first);
  assert.notEqual(signer.credentialFor({ ...alice, groups: ['ops', 'dev'] }, clusterId, nowMs), first);
  assert.notEqual(signer.credentialFor({ ...alice, issuer: 'https://other.example' }, clusterId, nowMs), first);
  const next = signer.credentialFor(alice, clusterId, nowMs + 45_000);
  assert.notEqual(next, first);
  const read = verifyCredential(next.bytes, { publicKey: signer.publicKey, gateway, clusterId, nowMs: nowMs + 45_000 });
  assert.deepEqual(read.principal, alice);
});

test('a principal that does not fit is refused where it is signed', () => {
  const signer = new CredentialSigner({ gateway });
  const groups = Array.from({ length: 2000 }, (_, n) => `a group with a rather long name ${n}`);
  assert.throws(() => signer.credentialFor({ ...alice, groups }, clusterId), { code: 'CREDENTIAL_TOO_LARGE' });
});

test('a known hash opens nothing for another gateway, another key, another cluster or another time', () => {
  const cache = new CredentialCache();
  const { bytes, hash } = signCredential(good, privateKey);
  assert.equal(cache.lookup(hash, expected), undefined);
  assert.deepEqual(cache.admit(bytes, hash, expected), good);
  assert.deepEqual(cache.lookup(hash, expected), good);

  const other = rawPublicKey(generateKeyPairSync('ed25519').privateKey);
  const refusals = [
    [{ gateway: otherGateway }, 'CREDENTIAL_WRONG_GATEWAY'],
    [{ publicKey: other }, 'CREDENTIAL_WRONG_GATEWAY'],
    [{ clusterId: otherClusterId }, 'CREDENTIAL_WRONG_CLUSTER'],
    [{ nowMs: nowMs - 31_000 }, 'CREDENTIAL_NOT_YET_VALID'],
    [{ nowMs: nowMs + 90_000 }, 'CREDENTIAL_EXPIRED'],
  ] as const;
  for (const [difference, code] of refusals) {
    assert.throws(() => cache.lookup(hash, { ...expected, ...difference }), { code });
  }
  // its end has removed it
  assert.equal(cache.size, 0);
});

test('bytes under the hash of others are refused and not remembered', () => {
  const cache = new CredentialCache();
  const one = signCredential(good, privateKey);
  const two = signCredential({ ...good, id: 'ffffffffffffffff' }, privateKey);
  assert.throws(() => cache.admit(one.bytes, two.hash, expected), { code: 'CREDENTIAL_MALFORMED' });
  assert.throws(() => cache.admit(one.bytes, Buffer.alloc(0), expected), { code: 'CREDENTIAL_MALFORMED' });
  assert.equal(cache.lookup(two.hash, expected), undefined);
});

test('what is remembered is bounded; the oldest goes first', () => {
  const cache = new CredentialCache({ maxEntries: 3 });
  const signed = Array.from({ length: 5 }, (_, n) =>
    signCredential({ ...good, id: n.toString(16).padStart(16, '0') }, privateKey),
  );
  for (const { bytes, hash } of signed) cache.admit(bytes, hash, expected);
  assert.equal(cache.size, 3);
  const known = signed.map(({ hash }) => cache.lookup(hash, expected) !== undefined);
  assert.deepEqual(known, [false, false, true, true, true]);
});
