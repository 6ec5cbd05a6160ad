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

/** A local, watched copy of the registry; lookups never wait on KV. */
export interface RegistryView {
  byName(name: string): ClusterRecord | undefined;
  byId(id: string): ClusterRecord | undefined;
  all(): ClusterRecord[];
  /** instances heard within the last 15 s */
  agents(clusterId: string): AgentPresence[];
  /** called after any change of clusters or presence */
  onChange(listener: () => void): () => void;
}

/* The signatures below stand here while their module is being written; replaced by an export of the real one. */
import type { NatsConnection } from '@nats-io/transport-node';

export interface Registry extends RegistryView {
  /** Throws RegistryError CLUSTER_EXISTS. Resolves when this copy shows it. */
  create(record: ClusterRecord): Promise<number>;
  /** Throws CONFLICT (someone changed it since that revision) or CLUSTER_UNKNOWN. */
  update(record: ClusterRecord, revision: number): Promise<number>;
  remove(name: string): Promise<void>;
  /** straight from the bucket, with the revision for update() */
  read(name: string): Promise<{ record: ClusterRecord; revision: number } | undefined>;
  touchPresence(presence: AgentPresence): Promise<void>;
  close(): Promise<void>;
}
export declare function openRegistry(nc: NatsConnection): Promise<Registry>;
