/**
 * The question a gateway asks authz and the answer it gets. Travels as JSON over the bus (subject `authz.decide`, queue group `authz`):
 * request `DecisionRequest[]` (all questions of one tick), reply `DecisionReply`.
 */

/** Every input that a policy may look at. Absent means: not known, and a condition on it does not hold. */
export interface DecisionRequest {
  readonly user: string;
  readonly groups: readonly string[];
  /** the issuer that vouches for the principal */
  readonly issuer: string;
  /** for example `k8s:Exec`; see actions.ts of packages/kubernetes */
  readonly action: string;
  /** `k8s:<cluster>:<namespace or _>:<group or core>/<resource>[/<name>]`, `k8s:<cluster>:_:nonresource<path>`, `fleet:<kind>/<name>` */
  readonly resource: string;
  /** request context keys, for example `fl:SourceIp`, `fl:Subresource`, `fl:LabelSelector`; `fl:CurrentTime` is authz's own clock */
  readonly context: Readonly<Record<string, string>>;
}

export interface Decision {
  readonly effect: 'Allow' | 'Deny' | 'ImplicitDeny';
  /** ids of the statements that made it: `<policy name>/<statement Sid or index>`, [] for ImplicitDeny */
  readonly statements: readonly string[];
  readonly policyVersion: string;
  /** how long the answer may be reused, in ms from its receipt; 0 = not at all (for example a condition on time that is about to change) */
  readonly cacheMs: number;
  /** the context keys on which the answer depends; user, groups, issuer, action, resource always count */
  readonly cacheInputs: readonly string[];
}

export interface DecisionReply {
  readonly decisions: readonly Decision[];
}

/** Anything that answers questions: authz itself in one process, or the bus. Rejects with code AUTHZ_AWAY when nobody answers. */
export interface Decider {
  decide(questions: readonly DecisionRequest[]): Promise<readonly Decision[]>;
  /** called with the new version after every policy change; the caller drops what it cached under older versions. Returns unsubscribe. */
  onPolicyVersion(listener: (version: string) => void): () => void;
}
