/** Registered clusters and their present agents: what is kept in the KV buckets `clusters` (file) and `presence` (memory, TTL 15 s). */

/** Key: the cluster's name (a DNS label, ≤ 63). */
export interface ClusterRecord {
  readonly name: string;
  /** NATS account public key, `A` and 55 characters */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339 */
  readonly createdAt: string;
  readonly createdBy: string;
  /** SHA-256 (hex) of the join token, its end, and when it was used; a used or expired token stays here so that its refusal can say why */
  readonly join: { readonly tokenHash: string; readonly expiresAt: string; readonly usedAt?: string };
}

/** Key: `<cluster id>.<agent instance>`, refreshed by the stub that hears the agent's heartbeat. */
export interface AgentPresence {
  readonly clusterId: string;
  readonly instance: string;
  readonly version: string;
  /** gitVersion of the API server as the agent last saw it, '' when it could not reach it */
  readonly kubernetesVersion: string;
  /** false when the agent cannot reach its API server */
  readonly upstreamReady: boolean;
  /** RFC 3339 */
  readonly seenAt: string;
}

/** Throws Error for anything that is not a ClusterRecord under its own name. Fields of newer versions are kept. */
export function parseClusterRecord(value: unknown, key: string): ClusterRecord {
  const { name, id, labels, createdAt, createdBy, join } = fields(value);
  const { tokenHash, expiresAt, usedAt } = fields(join);
  const texts = [name, id, createdAt, createdBy, tokenHash, expiresAt, usedAt ?? '', ...Object.values(fields(labels))];
  if (!texts.every((text) => typeof text === 'string') || name !== key) {
    throw new Error(`the record of cluster ${key} cannot be read`);
  }
  return value as ClusterRecord;
}

export function presenceKey({ clusterId, instance }: Pick<AgentPresence, 'clusterId' | 'instance'>): string {
  return `${clusterId}.${instance}`;
}

/** Throws Error for anything that is not an AgentPresence under its own key. */
export function parsePresence(value: unknown, key: string): AgentPresence {
  const { clusterId, instance, version, kubernetesVersion, upstreamReady, seenAt } = fields(value);
  const texts = [clusterId, instance, version, kubernetesVersion, seenAt];
  if (
    !texts.every((text) => typeof text === 'string') ||
    typeof upstreamReady !== 'boolean' ||
    key !== `${clusterId}.${instance}`
  ) {
    throw new Error(`the presence of agent ${key} cannot be read`);
  }
  return value as AgentPresence;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
