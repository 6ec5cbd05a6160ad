// Who is at the other end of a TLS connection. Node refuses an expired certificate in a full handshake only: a resumed TLS 1.3 session
// keeps `authorized: true` after the certificate's end, and an open connection lives on. So dates are checked here for each connection,
// and the connection ends with the certificate.
import type { TLSSocket } from 'node:tls';
import { type ComponentName, parseComponentName } from './component-name.ts';
import { IdentityError } from './identity-error.ts';
import { SubjectAlternativeNameExtension, X509Certificate } from './x509.ts';

export interface PeerExpectation {
  /** usually `certificateName(own certificate).trustDomain` */
  readonly trustDomain: string;
  allow(name: ComponentName): boolean;
}

/**
 * The name in a certificate's one URI SAN. Throws IdentityError NAME_MALFORMED when there is none, more than one, or not one of ours.
 *
 * @param certificate PEM or DER
 */
export function certificateName(certificate: string | Uint8Array): { name: ComponentName; trustDomain: string } {
  return nameOf(parseCertificate(certificate));
}

/**
 * Throws IdentityError PEER_NO_CERTIFICATE, PEER_NOT_YET_VALID, PEER_EXPIRED, NAME_MALFORMED or PEER_NOT_ALLOWED. Does not check the chain:
 * TLS did that, see admitPeer.
 *
 * @param certificate as getPeerCertificate() or getPeerX509Certificate() gives it
 */
export function assertPeer(
  certificate: { readonly raw?: Uint8Array } | undefined,
  expected: PeerExpectation,
  nowMs: number = Date.now(),
): ComponentName {
  return inspectPeer(certificate, expected, nowMs).name;
}

/**
 * For each connection of a TLS listener or dialer, on 'secureConnection' or 'secureConnect': the chain was verified, the certificate is
 * good now and its name is allowed. The socket is destroyed when the certificate ends.
 *
 * Throws as assertPeer, and PEER_NOT_VERIFIED when TLS did not accept the chain; the caller destroys the socket.
 */
export function admitPeer(socket: TLSSocket, expected: PeerExpectation): ComponentName {
  if (!socket.authorized) {
    const reason = socket.authorizationError;
    throw new IdentityError(
      'PEER_NOT_VERIFIED',
      `The peer's certificate does not lead to the hub's root: ${reason instanceof Error ? reason.message : (reason ?? 'none was sent')}`,
    );
  }
  const { name, notAfterMs } = inspectPeer(socket.getPeerX509Certificate(), expected, Date.now());
  endAt(socket, notAfterMs);
  return name;
}

function inspectPeer(certificate: { readonly raw?: Uint8Array } | undefined, expected: PeerExpectation, nowMs: number) {
  // getPeerCertificate() of a connection without one gives {}
  if (certificate?.raw === undefined) {
    throw new IdentityError(
      'PEER_NO_CERTIFICATE',
      'The peer sent no certificate; both ends of this connection need one',
    );
  }
  const parsed = parseCertificate(certificate.raw);
  const { name, trustDomain } = nameOf(parsed);
  const uri = `spiffe://${trustDomain}/${name.kind === 'hub' ? `hub/${name.component}` : `cluster/${name.clusterId}`}`;
  if (nowMs < parsed.notBefore.getTime()) {
    throw new IdentityError(
      'PEER_NOT_YET_VALID',
      `The certificate of ${uri} begins at ${parsed.notBefore.toISOString()}; compare the clocks of both sides`,
    );
  }
  const notAfterMs = parsed.notAfter.getTime();
  if (nowMs >= notAfterMs) {
    throw new IdentityError(
      'PEER_EXPIRED',
      `The certificate of ${uri} ended at ${parsed.notAfter.toISOString()}; renew it`,
    );
  }
  if (trustDomain !== expected.trustDomain || !expected.allow(name)) {
    throw new IdentityError('PEER_NOT_ALLOWED', `${uri} is not on the list of peers that may connect here`);
  }
  return { name, notAfterMs };
}

function parseCertificate(certificate: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw new IdentityError('NAME_MALFORMED', 'This is not an X.509 certificate', { cause });
  }
}

function nameOf(certificate: X509Certificate): { name: ComponentName; trustDomain: string } {
  const names = certificate.getExtensions(SubjectAlternativeNameExtension).flatMap(({ names }) => names.items);
  const uris = names.filter(({ type }) => type === 'url');
  const [uri] = uris;
  if (uri === undefined || uris.length > 1) {
    throw new IdentityError(
      'NAME_MALFORMED',
      `The certificate ${certificate.subject} carries ${uris.length} URI names; a component's carries exactly one`,
    );
  }
  return parseComponentName(uri.value);
}

/** setTimeout fires at once beyond 2^31 − 1 ms (24.8 days). */
const longestTimerMs = 2 ** 31 - 1;

function endAt(socket: TLSSocket, atMs: number): void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = atMs - Date.now();
    if (leftMs <= 0) {
      socket.destroy(
        new IdentityError('PEER_EXPIRED', 'The peer’s certificate ended while the connection was open; reconnect'),
      );
      return;
    }
    timer = setTimeout(wait, Math.min(leftMs, longestTimerMs));
    timer.unref();
  };
  wait();
  socket.once('close', () => clearTimeout(timer));
}
