import {
  BusError,
  createEntry,
  openBucket,
  presenceTtlMs,
  updateEntry,
  type WatchedCopy,
  type WatchedCopyOptions,
  watchedCopy,
} from '@fairlead/bus';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { PresenceIndex } from './presence-index.ts';
import { type AgentPresence, type ClusterRecord, parseClusterRecord, parsePresence, presenceKey } from './records.ts';

/** A local, watched copy of the registry; lookups never wait on KV. */
export interface RegistryView {
  byName(name: string): ClusterRecord | undefined;
  byId(id: string): ClusterRecord | undefined;
  all(): ClusterRecord[];
  /** instances heard within the last 15 s */
  agents(clusterId: string): AgentPresence[];
  /** called after any change of clusters or presence; gives a function that ends it */
  onChange(listener: () => void): () => void;
}

export interface Registry extends RegistryView {
  /** Gives the revision, once this copy shows it. Throws RegistryError CLUSTER_EXISTS. */
  create(record: ClusterRecord): Promise<number>;
  /** Throws RegistryError CLUSTER_UNKNOWN, or CONFLICT when it was changed since that revision. */
  update(record: ClusterRecord, revision: number): Promise<number>;
  /** Throws RegistryError CLUSTER_UNKNOWN. */
  remove(name: string): Promise<void>;
  /** straight from the bucket, with the revision for update() */
  read(name: string): Promise<{ record: ClusterRecord; revision: number } | undefined>;
  touchPresence(presence: AgentPresence): Promise<void>;
  close(): Promise<void>;
}

export class RegistryError extends Error {
  readonly code: 'CLUSTER_EXISTS' | 'CLUSTER_UNKNOWN' | 'CONFLICT';
  constructor(code: RegistryError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryError';
    this.code = code;
  }
}

/** What was written is durable; this copy shows it a moment later, for which the writer waits so long at most. */
const showWithinMs = 2_000;
const sweepEveryMs = 1_000;

/** Resolves once the copy is complete. */
export async function openRegistry(nc: NatsConnection, options: WatchedCopyOptions = {}): Promise<Registry> {
  const bucket = await openBucket(nc, 'clusters');
  const [clusters, presence] = await Promise.all([
    watchedCopy(nc, 'clusters', parseClusterRecord, options),
    watchedCopy(nc, 'presence', parsePresence, options),
  ]);
  return new WatchedRegistry(nc, bucket, clusters, presence);
}

class WatchedRegistry implements Registry {
  readonly #nc: NatsConnection;
  readonly #bucket: KV;
  readonly #clusters: WatchedCopy<ClusterRecord>;
  readonly #presence: WatchedCopy<AgentPresence>;
  readonly #agents = new PresenceIndex(presenceTtlMs);
  readonly #namesById = new Map<string, string>();
  readonly #idsByName = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #sweep: NodeJS.Timeout;
  #presenceBucket: Promise<KV> | undefined;

  constructor(
    nc: NatsConnection,
    bucket: KV,
    clusters: WatchedCopy<ClusterRecord>,
    presence: WatchedCopy<AgentPresence>,
  ) {
    this.#nc = nc;
    this.#bucket = bucket;
    this.#clusters = clusters;
    this.#presence = presence;
    for (const [name] of clusters.entries()) this.#index(name);
    for (const [key] of presence.entries()) this.#hear(key);
    clusters.onChange((name) => {
      this.#index(name);
      this.#notify();
    });
    presence.onChange((key) => {
      this.#hear(key);
      this.#notify();
    });
    this.#sweep = setInterval(() => {
      if (this.#agents.expire(Date.now())) this.#notify();
    }, sweepEveryMs);
    this.#sweep.unref();
  }

  byName(name: string): ClusterRecord | undefined {
    return this.#clusters.get(name)?.value;
  }

  byId(id: string): ClusterRecord | undefined {
    const name = this.#namesById.get(id);
    return name === undefined ? undefined : this.byName(name);
  }

  all(): ClusterRecord[] {
    return Array.from(this.#clusters.entries(), ([, { value }]) => value);
  }

  agents(clusterId: string): AgentPresence[] {
    return this.#agents.agents(clusterId, Date.now());
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async create(record: ClusterRecord): Promise<number> {
    parseClusterRecord(record, record.name);
    try {
      const revision = await createEntry(this.#bucket, record.name, record);
      await this.#shown(() => (this.#clusters.get(record.name)?.revision ?? 0) >= revision);
      return revision;
    } catch (cause) {
      if (!(cause instanceof BusError) || cause.code !== 'EXISTS') throw cause;
      const message = `There is a cluster ${record.name} already; remove it first or take another name`;
      throw new RegistryError('CLUSTER_EXISTS', message, { cause });
    }
  }

  async update(record: ClusterRecord, revision: number): Promise<number> {
    parseClusterRecord(record, record.name);
    try {
      const next = await updateEntry(this.#bucket, record.name, record, revision);
      await this.#shown(() => (this.#clusters.get(record.name)?.revision ?? 0) >= next);
      return next;
    } catch (cause) {
      if (!(cause instanceof BusError) || cause.code !== 'CONFLICT') throw cause;
      if ((await this.read(record.name)) === undefined) throw unknown(record.name);
      throw new RegistryError('CONFLICT', cause.message, { cause });
    }
  }

  async remove(name: string): Promise<void> {
    if ((await this.read(name)) === undefined) throw unknown(name);
    await this.#bucket.delete(name);
    await this.#shown(() => this.#clusters.get(name) === undefined);
  }

  async read(name: string): Promise<{ record: ClusterRecord; revision: number } | undefined> {
    const entry = await this.#bucket.get(name);
    if (entry === null || entry.operation !== 'PUT') return undefined;
    return { record: parseClusterRecord(entry.json(), name), revision: entry.revision };
  }

  async touchPresence(presence: AgentPresence): Promise<void> {
    const put = async () => {
      this.#presenceBucket ??= openBucket(this.#nc, 'presence');
      await (await this.#presenceBucket).put(presenceKey(presence), JSON.stringify(presence));
    };
    try {
      await put();
    } catch {
      // the server has started again, and the bucket in its memory is gone
      this.#presenceBucket = undefined;
      await put();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([this.#clusters.close(), this.#presence.close()]);
  }

  #index(name: string): void {
    const before = this.#idsByName.get(name);
    if (before !== undefined) this.#namesById.delete(before);
    const id = this.byName(name)?.id;
    if (id === undefined) {
      this.#idsByName.delete(name);
    } else {
      this.#idsByName.set(name, id);
      this.#namesById.set(id, name);
    }
  }

  #hear(key: string): void {
    const entry = this.#presence.get(key);
    if (entry !== undefined) this.#agents.heard(entry.value, entry.createdAt.getTime(), Date.now());
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #shown(isShown: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        stop();
        resolve();
      };
      const timer = setTimeout(done, showWithinMs);
      const stop = this.onChange(() => {
        if (isShown()) done();
      });
      if (isShown()) done();
    });
  }
}

function unknown(name: string): RegistryError {
  return new RegistryError('CLUSTER_UNKNOWN', `There is no cluster ${name}; register it first`);
}
