import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { jwtVerify } from 'jose';
import { AccessTokens, createLoginKey } from './access-token.ts';
import type { Principal } from './principal.ts';

const loginKey = createLoginKey();
const key = createPrivateKey(loginKey);
const alice: Principal = { user: 'alice', groups: ['dev'], extra: {}, issuer: 'fairlead' };
const nowMs = 1_800_000_000_000;
const fleet = { use: 'kubeconfig', audiences: ['fleet'] } as const;
const session = { use: 'session', audiences: ['fairlead'] } as const;

const issuer = new AccessTokens({ loginKey });
const kubeconfigToken = issuer.issue(
  { use: 'kubeconfig', principal: alice, audience: 'fleet', sessionId: 's1' },
  nowMs,
);
const sessionToken = issuer.issue({ use: 'session', principal: alice }, nowMs);
const [header = '', claims = '', signature = ''] = kubeconfigToken.token.split('.');

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (segment: string) => JSON.parse(Buffer.from(segment, 'base64url').toString()) as Record<string, unknown>;
const signed = (head: string, body: string) =>
  `${head}.${body}.${sign(null, Buffer.from(`${head}.${body}`), key).toString('base64url')}`;
const refusals = ['TOKEN_MALFORMED', 'TOKEN_BAD_SIGNATURE'];
/** nothing remembered from other tests */
const verify = (token: string, expected: typeof fleet | typeof session = fleet, atMs = nowMs) =>
  new AccessTokens({ loginKey }).verify(token, expected, atMs);

test('a token says who, for what and how long: a session 12 h, a kubeconfig credential 10 min', () => {
  const read = verify(kubeconfigToken.token);
  assert.deepEqual(read, {
    use: 'kubeconfig',
    principal: alice,
    audience: 'fleet',
    issuedAt: nowMs / 1000,
    expiresAt: nowMs / 1000 + 600,
    id: kubeconfigToken.id,
    sessionId: 's1',
  });
  const readSession = verify(sessionToken.token, session);
  assert.equal(readSession.expiresAt - readSession.issuedAt, 12 * 3600);
  assert.equal(readSession.audience, 'fairlead');
});

test('jose, which knows nothing of ours, reads them as JWTs', async () => {
  const { payload, protectedHeader } = await jwtVerify(kubeconfigToken.token, createPublicKey(key), {
    algorithms: ['EdDSA'],
    typ: 'fairlead-kubeconfig+jwt',
    audience: 'fleet',
    issuer: 'fairlead',
    currentDate: new Date(nowMs),
  });
  assert.equal(payload.sub, 'alice');
  assert.equal(typeof protectedHeader.kid, 'string');
});

test('each use is told from the other and from tokens of others, before anything is verified', () => {
  assert.equal(issuer.useOf(kubeconfigToken.token), 'kubeconfig');
  assert.equal(issuer.useOf(sessionToken.token), 'session');
  assert.equal(issuer.useOf(`${encode({ alg: 'RS256', typ: 'JWT' })}.e30.`), undefined);
  assert.equal(new AccessTokens({ loginKey: createLoginKey() }).useOf(sessionToken.token), undefined);
});

test('a token ends on the second, whether it was seen before or not', () => {
  const tokens = new AccessTokens({ loginKey });
  const endMs = nowMs + 600_000;
  assert.equal(tokens.verify(kubeconfigToken.token, fleet, endMs - 1).id, kubeconfigToken.id);
  assert.throws(() => tokens.verify(kubeconfigToken.token, fleet, endMs), { code: 'TOKEN_EXPIRED' });
  assert.throws(() => verify(kubeconfigToken.token, fleet, endMs), { code: 'TOKEN_EXPIRED' });
  assert.throws(() => verify(kubeconfigToken.token, fleet, nowMs - 31_000), { code: 'TOKEN_NOT_YET_VALID' });
});

test('a token that was seen is not good for another place or use', () => {
  const tokens = new AccessTokens({ loginKey });
  tokens.verify(kubeconfigToken.token, fleet, nowMs);
  const elsewhere = { use: 'kubeconfig', audiences: ['cluster:A', 'cluster:B'] } as const;
  assert.throws(() => tokens.verify(kubeconfigToken.token, elsewhere, nowMs), { code: 'TOKEN_WRONG_AUDIENCE' });
  assert.throws(() => tokens.verify(kubeconfigToken.token, session, nowMs), { code: 'TOKEN_WRONG_USE' });
  assert.throws(() => tokens.verify(sessionToken.token, fleet, nowMs), { code: 'TOKEN_WRONG_USE' });
});

test('no changed character goes unnoticed', () => {
  const { token } = kubeconfigToken;
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABCxyz019-_.= \n'), (at, letter) => {
      fc.pre(token[at] !== letter);
      const altered = token.slice(0, at) + letter + token.slice(at + 1);
      assert.throws(
        () => verify(altered),
        (error: { code: string }) => refusals.includes(error.code),
      );
    }),
  );
});

const otherKey = generateKeyPairSync('ed25519').privateKey;
const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
const headWith = (change: Record<string, unknown>) => encode({ ...decode(header), ...change });
const bodyWith = (change: Record<string, unknown>) => encode({ ...decode(claims), ...change });

for (const [what, token, code] of [
  ['changed claims', `${header}.${bodyWith({ sub: 'root' })}.${signature}`, 'TOKEN_BAD_SIGNATURE'],
  ['the header of a session', `${sessionToken.token.split('.')[0]}.${claims}.${signature}`, 'TOKEN_BAD_SIGNATURE'],
  [
    'the signature of another key',
    `${header}.${claims}.${sign(null, Buffer.from(`${header}.${claims}`), otherKey).toString('base64url')}`,
    'TOKEN_BAD_SIGNATURE',
  ],
  ['alg none', `${headWith({ alg: 'none' })}.${claims}.`, 'TOKEN_MALFORMED'],
  ['alg None and our signature', `${headWith({ alg: 'None' })}.${claims}.${signature}`, 'TOKEN_MALFORMED'],
  [
    'HMAC with the public key',
    (() => {
      const content = `${headWith({ alg: 'HS256' })}.${claims}`;
      return `${content}.${createHmac('sha256', publicPem).update(content).digest('base64url')}`;
    })(),
    'TOKEN_MALFORMED',
  ],
  ['a kid that is a path', signed(headWith({ kid: '../../dev/null' }), claims), 'TOKEN_MALFORMED'],
  ['a key of its own (jwk)', signed(headWith({ jwk: otherKey.export({ format: 'jwk' }) }), claims), 'TOKEN_MALFORMED'],
  ['jku', signed(headWith({ jku: 'https://evil.example' }), claims), 'TOKEN_MALFORMED'],
  ['crit', signed(headWith({ crit: ['exp'] }), claims), 'TOKEN_MALFORMED'],
  ['typ JWT', signed(headWith({ typ: 'JWT' }), claims), 'TOKEN_MALFORMED'],
  ['no signature', `${header}.${claims}.`, 'TOKEN_MALFORMED'],
  ['two parts', `${header}.${claims}`, 'TOKEN_MALFORMED'],
  ['four parts', `${kubeconfigToken.token}.x`, 'TOKEN_MALFORMED'],
  ['padding', `${kubeconfigToken.token}==`, 'TOKEN_MALFORMED'],
  ['white space', ` ${kubeconfigToken.token}`, 'TOKEN_MALFORMED'],
  ['exp as text', signed(header, bodyWith({ exp: '9999999999' })), 'TOKEN_MALFORMED'],
  ['no exp', signed(header, bodyWith({ exp: undefined })), 'TOKEN_MALFORMED'],
  ['aud as a list', signed(header, bodyWith({ aud: ['fleet'] })), 'TOKEN_MALFORMED'],
  ['another issuer', signed(header, bodyWith({ iss: 'evil' })), 'TOKEN_MALFORMED'],
  ['a subject that is not the principal', signed(header, bodyWith({ sub: 'root' })), 'TOKEN_MALFORMED'],
  ['no principal', signed(header, bodyWith({ principal: undefined })), 'TOKEN_MALFORMED'],
  ['claims that are no object', signed(header, encode([])), 'TOKEN_MALFORMED'],
  ['nothing', '', 'TOKEN_MALFORMED'],
  ['a megabyte', `${header}.${'a'.repeat(1_000_000)}.`, 'TOKEN_MALFORMED'],
] as const) {
  test(`a token with ${what} is refused`, () => {
    assert.throws(() => verify(token), { code });
  });
}

test('the memory of verified tokens is bounded', () => {
  const tokens = new AccessTokens({ loginKey, maxEntries: 10 });
  const many = Array.from({ length: 40 }, () => tokens.issue({ use: 'session', principal: alice }, nowMs).token);
  for (const token of many) assert.equal(tokens.verify(token, session, nowMs).principal.user, 'alice');
  for (const token of many) assert.equal(tokens.verify(token, session, nowMs).principal.user, 'alice');
});

test('a login key of another kind is refused at the start', () => {
  const rsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  assert.throws(() => new AccessTokens({ loginKey: rsa.toString() }), { code: 'LOGIN_KEY_NOT_ALLOWED' });
});
