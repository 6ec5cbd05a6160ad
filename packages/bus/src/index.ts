export { auditStream, buckets, queues, subjects } from './subjects.ts';

/* The signatures below stand here while their modules are being written; each is replaced by an export of the real one. */
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

/** Every refusal of this package; `code`: CONFLICT, EXISTS, NATS_SERVER_FAILED, ACCOUNT_PUSH_FAILED, … */
export declare class BusError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions);
}

export interface BusOptions {
  readonly servers: readonly string[];
  /** read again at each connect; its user's name gives the inbox prefix `_INBOX_<name>` that the user's permissions allow */
  readonly credsFile?: string;
  /** shown by the server: component and instance */
  readonly name: string;
  readonly inboxPrefix?: string;
  /** file paths, read again at each connect */
  readonly tls?: { readonly caFile: string; readonly certFile?: string; readonly keyFile?: string };
}
/** Retries for ever, also the first connect. */
export declare function connectBus(options: BusOptions): Promise<NatsConnection>;

export interface ProvisionOptions {
  readonly dir: string;
  /** names and addresses at which agents, users and services reach this hub; default localhost, 127.0.0.1, ::1 */
  readonly hosts?: readonly string[];
  readonly trustDomain?: string;
  /** 0: a free port */
  readonly ports: { readonly client: number; readonly leaf: number; readonly monitor: number };
  readonly listen?: { readonly client?: string; readonly leaf?: string };
}
export interface HubLayout {
  readonly dir: string;
  readonly trustDomain: string;
  readonly natsConfig: string;
  readonly caFile: string;
  readonly ports: { readonly client: number; readonly leaf: number; readonly monitor: number };
  /** nats://127.0.0.1:<client> */
  readonly natsUrl: string;
}
/** Makes the hub directory, or brings it up to date: keys stay, certificates past half of their life are issued anew. */
export declare function provisionHub(options: ProvisionOptions): Promise<HubLayout>;

export interface SupervisedNatsServer {
  /** client URL as it listens */
  readonly url: string;
  readonly pid: number;
  /** NATS re-reads its configuration and certificates */
  reload(): void;
  stop(): Promise<void>;
}
/** Resolves when it is ready; starts it again when it dies; it ends when this process ends, however that ends. */
export declare function superviseNatsServer(options: {
  binary: string;
  configFile: string;
  readyTimeoutMs?: number;
  onLog?: (level: 'debug' | 'info' | 'warn' | 'error', line: string) => void;
}): Promise<SupervisedNatsServer>;

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
/** Text of leaf.creds. */
export declare function formatCreds(jwt: string, seed: string): string;

export interface LeafConfigOptions {
  readonly clusterId: string;
  readonly instance: string;
  /** tls://host:7422 or wss://host */
  readonly hubUrls: readonly string[];
  readonly credsFile: string;
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  /** loopback port for the agent */
  readonly clientPort: number;
  readonly monitorPort?: number;
  /** Go durations, default 2s */
  readonly pingInterval?: string;
}
export declare function leafConfig(options: LeafConfigOptions): string;
/** A port free on loopback, outside of the range that the kernel hands to outgoing connections. */
export declare function freePort(host?: string): Promise<number>;

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
