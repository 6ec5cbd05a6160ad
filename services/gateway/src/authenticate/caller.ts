import type { Principal } from '@fairlead/identity';

/** Who makes a request and by what. One object for each credential while it is remembered, so that other caches can hang on it. */
export interface Caller {
  readonly principal: Principal;
  readonly credential: 'session' | 'kubeconfig' | 'jwt';
  /** jti, or a hash of the token where it has none; never the token */
  readonly credentialId: string;
  /** of a session, so that what it hands out can be traced to it */
  readonly sessionId?: string;
  /** ms since the epoch: the credential is not accepted any more */
  readonly expiresAtMs: number;
  /** ms since the epoch: streams that were opened with it end */
  readonly streamsEndAtMs: number;
  /** the only cluster for which it is good; undefined: all */
  readonly clusterId: string | undefined;
}
