export {
  type Authority,
  certificateFingerprint,
  createAgentRequest,
  createAuthority,
  type IssuedCertificate,
  openAuthority,
} from './authority.ts';
export {
  type ComponentName,
  formatComponentName,
  type HubComponent,
  hubComponents,
  isClusterId,
  parseComponentName,
} from './component-name.ts';
export { IdentityError } from './identity-error.ts';
export { admitPeer, assertPeer, certificateName, type PeerExpectation } from './peer.ts';
export type { Principal } from './principal.ts';

/* The signatures below stand here while their modules are being written. */
import type { Principal } from './principal.ts';
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
