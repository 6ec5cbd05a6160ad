import assert from 'node:assert/strict';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { type Authority, createAuthority, type IssuedCertificate, openAuthority } from './authority.ts';
import type { ComponentName } from './component-name.ts';
import { admitPeer, assertPeer } from './peer.ts';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from './x509.ts';

const gateway: ComponentName = { kind: 'hub', component: 'gateway', instance: 'main' };
const stub: ComponentName = { kind: 'hub', component: 'stub', instance: 'main' };
const onlyGateways = {
  trustDomain: 'test.example',
  allow: (name: ComponentName) => name.kind === 'hub' && name.component === 'gateway',
};
const dayMs = 86_400_000;

let authority: Authority;
before(async () => {
  authority = await openAuthority(await createAuthority({ trustDomain: 'test.example' }));
});

const peerOf = ({ certificate }: { certificate: string }) => new NodeCertificate(certificate);

test('a peer is let in by name, and only while its certificate lasts', async () => {
  const peer = peerOf(await authority.issueComponent(gateway, { days: 1 }));
  assert.deepEqual(assertPeer(peer, onlyGateways), gateway);
  assert.throws(() => assertPeer(peer, onlyGateways, Date.now() + dayMs), { code: 'PEER_EXPIRED' });
  assert.throws(() => assertPeer(peer, onlyGateways, Date.now() - dayMs), { code: 'PEER_NOT_YET_VALID' });
});

test('another component, an agent, another trust domain and nobody are not let in', async () => {
  const agent: ComponentName = { kind: 'agent', clusterId: `A${'B2'.repeat(27)}C` };
  for (const name of [stub, agent]) {
    const peer = peerOf(await authority.issueComponent(name));
    assert.throws(() => assertPeer(peer, onlyGateways), { code: 'PEER_NOT_ALLOWED' });
  }
  const foreign = await openAuthority(await createAuthority({ trustDomain: 'other.example' }));
  const stranger = peerOf(await foreign.issueComponent(gateway));
  assert.throws(() => assertPeer(stranger, onlyGateways), { code: 'PEER_NOT_ALLOWED' });
  assert.throws(() => assertPeer(undefined, onlyGateways), { code: 'PEER_NO_CERTIFICATE' });
  assert.throws(() => assertPeer({}, onlyGateways), { code: 'PEER_NO_CERTIFICATE' });
});

test('two URI names, or a name hidden in another kind of name, are no name', async () => {
  const uri = 'spiffe://test.example/hub/gateway/main';
  const hidden = [
    [
      { type: 'url', value: uri },
      { type: 'url', value: uri },
    ],
    [{ type: 'dns', value: `x, URI:${uri}` }],
    [{ type: 'url', value: `${uri}, URI:${uri}` }],
  ] as const;
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  for (const names of hidden) {
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [uri] }],
      keys,
      extensions: [new SubjectAlternativeNameExtension([...names])],
    });
    const peer = { raw: Buffer.from(certificate.rawData) };
    assert.throws(() => assertPeer(peer, onlyGateways), { code: 'NAME_MALFORMED' });
  }
});

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** A listener that admits gateways and says to each connection what came of it. */
async function listen(identity: IssuedCertificate): Promise<number> {
  const options = { cert: identity.certificate, key: identity.key, ca: authority.certificate };
  const server = createServer({ ...options, requestCert: true, rejectUnauthorized: false }, (socket) => {
    socket.on('error', () => {});
    try {
      admitPeer(socket, onlyGateways);
      socket.write(`admitted, resumed ${socket.isSessionReused()}\n`);
    } catch (error) {
      socket.end(`${(error as { code: string }).code}, resumed ${socket.isSessionReused()}\n`);
    }
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function dial(port: number, identity: IssuedCertificate, session?: Buffer): TLSSocket {
  return connect({
    port,
    host: '127.0.0.1',
    cert: identity.certificate,
    key: identity.key,
    ca: authority.certificate,
    ...(session === undefined ? {} : { session }),
  }).on('error', () => {});
}

test('a resumed connection and an open one end with the certificate of the peer', async () => {
  const port = await listen(await authority.issueComponent(stub, { hosts: ['127.0.0.1'] }));
  const brief = await authority.issueComponent(gateway, { days: 4 / 86_400 });

  const first = dial(port, brief);
  const sessions: Buffer[] = [];
  first.on('session', (session) => sessions.push(session));
  const [greeting] = await once(first, 'data');
  assert.equal(String(greeting), 'admitted, resumed false\n');
  first.resume();
  // the listener ends it: nothing is done here
  await once(first, 'close');

  assert.ok(sessions.length > 0);
  const again = dial(port, brief, sessions.at(-1));
  const [answer] = await once(again, 'data');
  again.destroy();
  // TLS itself lets it in; only the date check stands between
  assert.equal(String(answer), 'PEER_EXPIRED, resumed true\n');
});

test('a certificate of another root is not let in, whatever it says', async () => {
  const port = await listen(await authority.issueComponent(stub, { hosts: ['127.0.0.1'] }));
  const impostor = await openAuthority(await createAuthority({ trustDomain: 'test.example' }));
  const socket = dial(port, await impostor.issueComponent(gateway));
  const [answer] = await once(socket, 'data');
  socket.destroy();
  assert.equal(String(answer), 'PEER_NOT_VERIFIED, resumed false\n');
});
