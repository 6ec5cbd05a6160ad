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
