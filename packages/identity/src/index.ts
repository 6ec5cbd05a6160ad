/** Who a request speaks for. */
export interface Principal {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  /** the issuer that vouches for it: an OIDC issuer URL or `fairlead` */
  readonly issuer: string;
}

/** What a SPIFFE-style URI name of ours says. */
export type ComponentName =
  /** spiffe://<trust domain>/hub/<component>/<instance> */
  | {
      readonly kind: 'hub';
      readonly component: 'gateway' | 'stub' | 'authz' | 'audit' | 'nats';
      readonly instance: string;
    }
  /** spiffe://<trust domain>/cluster/<cluster id>/agent */
  | { readonly kind: 'agent'; readonly clusterId: string };

/**
 * The statement by which a gateway tells stub and agent who asks, for which cluster. Signed with the gateway instance's own Ed25519
 * credential key, which lives in its memory only and which its peers learn inside mutual TLS (HELLO on a stub link, the sealed handshake at
 * an agent): so a credential is good only from the gateway at the other end.
 */
export interface InternalCredential {
  /** gateway instance that signed it (cnf) */
  readonly gateway: string;
  /** audience: cluster id */
  readonly clusterId: string;
  readonly principal: Principal;
  /** seconds since the epoch; expiresAt − issuedAt ≤ 60 */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly id: string;
}

/* The signatures below stand here while their modules are being written; each is replaced by an export of the real one. */

/** Every refusal of this package; `code` is one of NAME_*, PEER_*, CREDENTIAL_*, TOKEN_*, CSR_*. */
export declare class IdentityError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions);
}

export declare function formatComponentName(trustDomain: string, name: ComponentName): string;
export declare function parseComponentName(uri: string): { name: ComponentName; trustDomain: string };
/** The name and trust domain that a PEM or DER certificate carries as its one URI SAN. */
export declare function certificateName(certificate: string | Uint8Array): { name: ComponentName; trustDomain: string };
export interface PeerExpectation {
  /** usually certificateName(own certificate).trustDomain */
  readonly trustDomain: string;
  allow(name: ComponentName): boolean;
}
/** Throws IdentityError PEER_NO_CERTIFICATE, PEER_EXPIRED, PEER_NOT_YET_VALID, NAME_MALFORMED, PEER_NOT_ALLOWED. `certificate`: of getPeerCertificate() or getPeerX509Certificate(). */
export declare function assertPeer(
  certificate: { readonly raw?: Uint8Array } | undefined,
  expected: PeerExpectation,
  nowMs?: number,
): ComponentName;
/** For every TLS listener and dialer, on 'secureConnection'/'secureConnect': socket.authorized + assertPeer + destroys the socket at the certificate's end. */
export declare function admitPeer(socket: import('node:tls').TLSSocket, expected: PeerExpectation): ComponentName;

export interface IssuedCertificate {
  /** PEM, without the root */
  readonly certificate: string;
  /** PKCS8 PEM */
  readonly key: string;
}
export declare function createAuthority(options: { trustDomain: string; years?: number }): Promise<IssuedCertificate>;
export declare function openAuthority(files: IssuedCertificate): Promise<Authority>;
export interface Authority {
  readonly trustDomain: string;
  /** PEM */
  readonly certificate: string;
  /** SHA-256 of the DER certificate, lower-case hex: what a join manifest pins */
  readonly fingerprint: string;
  /** clientAuth + serverAuth; hosts: DNS names and IP addresses beside the URI name */
  issueComponent(
    name: ComponentName,
    options?: { days?: number; hosts?: readonly string[] },
  ): Promise<IssuedCertificate>;
  /** serverAuth only, no URI name */
  issueServing(hosts: readonly string[], options?: { days?: number }): Promise<IssuedCertificate>;
  /** Only the public key of the PKCS10 PEM is taken, after its proof of possession; its names are ignored. Throws CSR_MALFORMED, CSR_BAD_SIGNATURE, CSR_KEY_NOT_ALLOWED. */
  signAgentRequest(csr: string, clusterId: string, options?: { days?: number }): Promise<string>;
}
/** PKCS10 PEM and PKCS8 PEM key for an agent that joins. */
export declare function createAgentRequest(): Promise<{ csr: string; key: string }>;
export declare function certificateFingerprint(pem: string): string;

export interface CredentialExpectation {
  /** base64url of the raw 32 bytes: `credentialKey` of HELLO and of the sealed handshake */
  readonly publicKey: string;
  /** instance at the other end */
  readonly gateway: string;
  readonly clusterId: string;
  /** default: the clock */
  readonly nowMs?: number;
}
/** One credential per principal and cluster, signed once and reused until 15 s before its end. */
export declare class CredentialSigner {
  readonly gateway: string;
  /** base64url of the raw 32 bytes */
  readonly publicKey: string;
  constructor(options: { gateway: string });
  /** hash: SHA-256 of bytes (what OPEN carries) */
  credentialFor(principal: Principal, clusterId: string, nowMs?: number): { bytes: Buffer; hash: Buffer };
}
/** Throws CREDENTIAL_MALFORMED, _BAD_SIGNATURE, _WRONG_CLUSTER, _WRONG_GATEWAY, _EXPIRED, _NOT_YET_VALID. */
export declare function verifyCredential(bytes: Buffer, expected: CredentialExpectation): InternalCredential;
/** Verified once, remembered by SHA-256 until it expires; bounded. */
export declare class CredentialCache {
  constructor(options?: { maxEntries?: number });
  /** undefined: not known here (the peer has to send it); throws as verifyCredential if it is known but not good for this peer and cluster */
  lookup(hash: Buffer, expected: CredentialExpectation): InternalCredential | undefined;
  /** verifies, checks that bytes have this hash, remembers */
  admit(bytes: Buffer, hash: Buffer, expected: CredentialExpectation): InternalCredential;
}

export type AccessTokenUse = 'session' | 'kubeconfig';
export interface AccessToken {
  readonly use: AccessTokenUse;
  readonly principal: Principal;
  /** `fairlead` (session), `cluster:<id>` or `fleet` (kubeconfig) */
  readonly audience: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** jti */
  readonly id: string;
  /** jti of the session that asked for it */
  readonly sessionId?: string;
}
/** The gateway's own tokens: session 12 h, kubeconfig 10 min. */
export declare class AccessTokens {
  /** loginKey: PKCS8 PEM (hub/gateway/login.key) */
  constructor(options: { loginKey: string; maxEntries?: number });
  issue(
    token:
      | { use: 'session'; principal: Principal }
      | { use: 'kubeconfig'; principal: Principal; audience: string; sessionId?: string },
    nowMs?: number,
  ): { token: string; expiresAt: number; id: string };
  /** what it claims to be, without verification; undefined: not one of ours (an OIDC token, say) */
  useOf(token: string): AccessTokenUse | undefined;
  /** Throws TOKEN_MALFORMED, TOKEN_BAD_SIGNATURE, TOKEN_WRONG_USE, TOKEN_WRONG_AUDIENCE, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID. */
  verify(token: string, expected: { use: AccessTokenUse; audiences: readonly string[] }, nowMs?: number): AccessToken;
}
/** Ed25519 PKCS8 PEM for login.key. */
export declare function createLoginKey(): string;
