import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate as NodeCertificate } from 'node:crypto';
import { before, test } from 'node:test';
import {
  type Authority,
  certificateFingerprint,
  createAgentRequest,
  createAuthority,
  openAuthority,
} from './authority.ts';
import { certificateName } from './peer.ts';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from './x509.ts';

const clusterId = `A${'B2'.repeat(27)}C`;
const otherClusterId = `A${'C3'.repeat(27)}D`;
let authority: Authority;

before(async () => {
  authority = await openAuthority(await createAuthority({ trustDomain: 'test.example' }));
});

test('a component gets a certificate in its name, for its hosts, that the root has signed', async () => {
  const name = { kind: 'hub', component: 'stub', instance: 'main' } as const;
  const { certificate, key } = await authority.issueComponent(name, { hosts: ['stub.hub', '10.0.0.1', 'fd00::1'] });
  const parsed = new NodeCertificate(certificate);
  assert.deepEqual(certificateName(certificate), { name, trustDomain: 'test.example' });
  assert.ok(parsed.checkHost('stub.hub') && parsed.checkIP('10.0.0.1') && parsed.checkIP('fd00::1'));
  assert.equal(parsed.checkHost('other.hub'), undefined);
  const root = new NodeCertificate(authority.certificate);
  assert.ok(parsed.checkIssued(root) && parsed.verify(root.publicKey));
  assert.ok(parsed.checkPrivateKey(createPrivateKey(key)));
  assert.equal(parsed.ca, false);
});

test('a serving certificate names hosts and nobody inside', async () => {
  const { certificate } = await authority.issueServing(['hub.example', '127.0.0.1']);
  assert.ok(new NodeCertificate(certificate).checkHost('hub.example'));
  assert.throws(() => certificateName(certificate), { code: 'NAME_MALFORMED' });
});

test('a certificate never outlives its root', async () => {
  const short = await openAuthority(await createAuthority({ trustDomain: 'short.example', years: 0.01 }));
  const { certificate } = await short.issueServing(['a'], { days: 90 });
  const ends = (pem: string) => new NodeCertificate(pem).validToDate.getTime();
  assert.equal(ends(certificate), ends(short.certificate));
});

test('an agent that asks for the name of another cluster gets its own', async () => {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const greedy = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=agent ${otherClusterId}`,
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: 'url', value: `spiffe://test.example/cluster/${otherClusterId}/agent` },
        { type: 'url', value: 'spiffe://test.example/hub/gateway/main' },
        { type: 'dns', value: 'hub.example' },
      ]),
    ],
  });
  const certificate = await authority.signAgentRequest(greedy.toString('pem'), clusterId);
  assert.deepEqual(certificateName(certificate).name, { kind: 'agent', clusterId });
  const parsed = new NodeCertificate(certificate);
  assert.equal(parsed.subjectAltName, `URI:spiffe://test.example/cluster/${clusterId}/agent`);
  assert.ok(!parsed.subject.includes(otherClusterId));
});

test('a request that is not a request, is signed by another key or holds another kind of key is refused', async () => {
  const { csr } = await createAgentRequest();
  await assert.rejects(authority.signAgentRequest('hello', clusterId), { code: 'CSR_MALFORMED' });
  await assert.rejects(authority.signAgentRequest(csr.repeat(50), clusterId), { code: 'CSR_MALFORMED' });

  const der = Buffer.from(csr.split('\n').slice(1, -1).join(''), 'base64');
  der[der.length - 3] = (der[der.length - 3] ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  await assert.rejects(authority.signAgentRequest(forged, clusterId), { code: 'CSR_BAD_SIGNATURE' });

  const p384 = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify']);
  const other = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=a',
    keys: p384,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
  });
  await assert.rejects(authority.signAgentRequest(other.toString('pem'), clusterId), { code: 'CSR_KEY_NOT_ALLOWED' });
});

test('a cluster id that is none is refused before anything is signed', async () => {
  const { csr } = await createAgentRequest();
  await assert.rejects(authority.signAgentRequest(csr, '../../hub/gateway/main'), { code: 'NAME_MALFORMED' });
});

test('the fingerprint is that which other tools show', () => {
  const shown = new NodeCertificate(authority.certificate).fingerprint256.replaceAll(':', '').toLowerCase();
  assert.equal(certificateFingerprint(authority.certificate), shown);
  assert.equal(authority.fingerprint, shown);
});

test('a root of something else is not opened', async () => {
  const component = await authority.issueComponent({ kind: 'hub', component: 'nats', instance: 'main' });
  await assert.rejects(openAuthority(component), { code: 'NAME_MALFORMED' });
});
