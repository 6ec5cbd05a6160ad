/** fleet.audit/v1: one event a stage of one request. See ../../shared/reference/security.md 1.2 for where the fields come from. */
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

export interface AuditEvent {
  readonly v: 1;
  /** UUIDv7; also sent upstream as Audit-ID */
  readonly auditID: string;
  readonly stage: AuditStage;
  readonly producer: {
    readonly component: 'gateway' | 'agent' | 'authz' | 'console';
    readonly instance: string;
    /** gapless, from 1, for each producer instance: a missing number is a lost event */
    readonly seq: number;
  };
  /** RFC 3339 with microseconds (ms precision padded) */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly cluster?: { readonly id: string; readonly name: string; readonly agent?: string };
  /** absent when the request could not be authenticated */
  readonly actor?: {
    readonly issuer: string;
    readonly user: string;
    readonly groups: readonly string[];
    readonly credential: 'jwt' | 'kubeconfig' | 'session' | 'certificate';
    /** id of the credential, never the credential */
    readonly credentialId?: string;
  };
  /** what a client that used --as asked to be */
  readonly impersonated?: { readonly user: string; readonly groups: readonly string[] };
  readonly source: { readonly ip: string; readonly userAgent?: string };
  readonly request: {
    readonly method: string;
    readonly verb: string;
    readonly action: string;
    /** path with the query's names; values that may hold secrets are replaced by their length */
    readonly requestURI: string;
    readonly objectRef?: {
      readonly apiGroup: string;
      readonly apiVersion: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
  readonly decision?: {
    readonly effect: 'Allow' | 'Deny' | 'ImplicitDeny';
    readonly statements: readonly string[];
    readonly policyVersion: string;
  };
  /** with ResponseStarted and ResponseComplete */
  readonly response?: {
    readonly code: number;
    /** our own stable error code where the hub answered itself */
    readonly reason?: string;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly endReason?:
      | 'complete'
      | 'client_closed'
      | 'agent_lost'
      | 'upstream_failed'
      | 'revoked'
      | 'expired'
      | 'shed'
      | 'timeout'
      | 'refused';
    readonly durationMs: number;
  };
}
