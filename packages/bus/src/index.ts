export { BusError } from './bus-error.ts';
export { type BusOptions, connectBus } from './connect.ts';
export { formatCreds, maxPayloadBytes } from './operator/claims.ts';
export { type HubLayout, type HubPorts, type ProvisionOptions, provisionHub } from './operator/provision.ts';
export { inboxPrefix } from './operator/users.ts';
export { freePort } from './server/free-port.ts';
export { type LeafConfigOptions, leafConfig } from './server/leaf-config.ts';
export {
  type NatsLogLevel,
  type SupervisedNatsServer,
  type SuperviseOptions,
  superviseNatsServer,
} from './server/supervise.ts';
export { auditStream, buckets, queues, subjects } from './subjects.ts';

/* The signatures below stand here while their modules are being written; each is replaced by an export of the real one. */
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

/** Reads <hub>/registrar. */
export declare function openRegistrar(hubDir: string): Promise<Registrar>;
export interface Registrar {
  /** clusterId: the account's public key, whose seed nobody has */
  createClusterAccount(clusterName: string): { clusterId: string; jwt: string };
  /** `system`: connection with sys.creds. Resolves when every hub server holds it. Throws ACCOUNT_PUSH_FAILED. */
  pushAccount(system: NatsConnection, jwt: string): Promise<void>;
  /** its leaf links are cut at once */
  deleteAccount(system: NatsConnection, clusterId: string): Promise<void>;
  /** userPublicKey: `U…` that the agent made */
  issueLeafUser(
    clusterId: string,
    userPublicKey: string,
    options?: { days?: number },
  ): { jwt: string; expiresAt: number };
}
/** The user key that an agent makes: seed for user.nk. */
export declare function createLeafUserKey(): { seed: string; publicKey: string };

/** The HUB account's buckets, made if missing. */
export declare function openBuckets(nc: NatsConnection): Promise<{ clusters: KV; presence: KV; policies: KV }>;
export interface WatchedCopy<T> {
  get(key: string): { readonly value: T; readonly revision: number; readonly createdAt: Date } | undefined;
  entries(): IterableIterator<[string, { readonly value: T; readonly revision: number; readonly createdAt: Date }]>;
  readonly size: number;
  onChange(listener: (key: string) => void): () => void;
  close(): Promise<void>;
}
/** Resolves once every present entry is in. `parse` throws on values that are not a T: those are left out and told to onBadEntry. */
export declare function watchedCopy<T>(
  nc: NatsConnection,
  bucket: KV,
  parse: (value: unknown, key: string) => T,
  options?: { onBadEntry?: (key: string, error: unknown) => void },
): Promise<WatchedCopy<T>>;
/** Compare-and-set; both give the new revision. Throw BusError EXISTS, CONFLICT. */
export declare function createEntry(bucket: KV, key: string, value: unknown): Promise<number>;
export declare function updateEntry(bucket: KV, key: string, value: unknown, revision: number): Promise<number>;
