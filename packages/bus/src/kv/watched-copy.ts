// A bucket in memory, kept up to date by a watch, so that no decision waits on the network. A watch can lose its place (a reconnect, a bucket
// in memory that is empty after a restart, a consumer that the server forgot); then, and every five minutes, the whole bucket is
// listed again beside the copy that serves, which is exchanged when the list is complete.
import { DeliverPolicy, type JsMsg, jetstreamManager, type PushConsumer } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { buckets } from '../subjects.ts';
import { type BucketName, openBucket } from './buckets.ts';

export interface WatchedEntry<T> {
  readonly value: T;
  readonly revision: number;
  /** when the server stored it */
  readonly createdAt: Date;
}

export interface WatchedCopy<T> {
  get(key: string): WatchedEntry<T> | undefined;
  entries(): IterableIterator<[string, WatchedEntry<T>]>;
  readonly size: number;
  /** called after each change of an entry; gives a function that ends it */
  onChange(listener: (key: string) => void): () => void;
  close(): Promise<void>;
}

export interface WatchedCopyOptions {
  /** for values that `parse` refuses; they are left out */
  readonly onBadEntry?: (key: string, error: unknown) => void;
}

const relistEveryMs = 5 * 60_000;
const retryMs = 500;

/**
 * Resolves once every entry that is there now is in. Rejects when that cannot be had; later troubles are retried until close() or the end
 * of the connection, while the last copy serves.
 *
 * @param parse gets the value's JSON; throws when it is not a T
 */
export async function watchedCopy<T>(
  nc: NatsConnection,
  bucket: BucketName,
  parse: (value: unknown, key: string) => T,
  options: WatchedCopyOptions = {},
): Promise<WatchedCopy<T>> {
  const copy = new Copy(nc, bucket, parse, options.onBadEntry ?? (() => {}));
  await copy.start();
  return copy;
}

interface Listing<T> {
  readonly entries: Map<string, WatchedEntry<T>>;
  stop: () => void;
}

class Copy<T> implements WatchedCopy<T> {
  readonly #nc: NatsConnection;
  readonly #bucket: BucketName;
  readonly #parse: (value: unknown, key: string) => T;
  readonly #onBadEntry: (key: string, error: unknown) => void;
  readonly #listeners = new Set<(key: string) => void>();
  #live: Listing<T> | undefined;
  #pending: Listing<T> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #served = Promise.withResolvers<void>();
  #closed = false;

  constructor(
    nc: NatsConnection,
    bucket: BucketName,
    parse: (value: unknown, key: string) => T,
    onBadEntry: (key: string, error: unknown) => void,
  ) {
    this.#nc = nc;
    this.#bucket = bucket;
    this.#parse = parse;
    this.#onBadEntry = onBadEntry;
  }

  async start(): Promise<void> {
    void this.#listAgainAfterReconnects();
    await this.#list();
    // a reconnect meanwhile has handed it to another attempt
    await this.#served.promise;
  }

  get(key: string): WatchedEntry<T> | undefined {
    return this.#live?.entries.get(key);
  }

  entries(): IterableIterator<[string, WatchedEntry<T>]> {
    return (this.#live?.entries ?? new Map<string, WatchedEntry<T>>()).entries();
  }

  get size(): number {
    return this.#live?.entries.size ?? 0;
  }

  onChange(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#pending?.stop();
    this.#live?.stop();
    this.#served.resolve();
  }

  async #listAgainAfterReconnects(): Promise<void> {
    for await (const status of this.#nc.status()) {
      if (this.#closed) return;
      if (status.type === 'reconnect') this.#listAgain(0);
    }
  }

  #listAgain(inMs: number): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#nc.isClosed()) return;
    this.#timer = setTimeout(() => {
      this.#list().catch(() => this.#listAgain(retryMs));
    }, inMs);
    this.#timer.unref();
  }

  /** Resolves when a complete list serves, or another attempt has taken over. */
  async #list(): Promise<void> {
    this.#pending?.stop();
    this.#pending = undefined;
    await openBucket(this.#nc, this.#bucket);
    const manager = await jetstreamManager(this.#nc, { checkAPI: false });
    const consumer = await manager.jetstream().consumers.getPushConsumer(`KV_${buckets[this.#bucket]}`, {
      deliver_policy: DeliverPolicy.LastPerSubject,
      filter_subjects: [`$KV.${buckets[this.#bucket]}.>`],
    });
    if (this.#closed) return;
    await this.#follow(consumer);
    this.#listAgain(relistEveryMs);
  }

  async #follow(consumer: PushConsumer): Promise<void> {
    const { promise: completed, resolve: complete } = Promise.withResolvers<void>();
    const listing: Listing<T> = { entries: new Map(), stop: complete };
    const { num_pending: present } = await consumer.info(true);
    const messages = await consumer.consume({
      callback: (message) => {
        const key = this.#apply(listing.entries, message);
        if (this.#live === listing) this.#notify(key);
        // counted by the server, so also right when entries are deleted or expire while they are listed
        else if (message.info.pending === 0) complete();
      },
    });
    listing.stop = () => {
      messages.stop();
      complete();
    };
    this.#pending?.stop();
    this.#pending = listing;
    if (present === 0) complete();
    // what remained may have expired before it was delivered, and then no message says that it was the last
    const poll = setInterval(() => {
      consumer.info().then(
        ({ num_pending }) => {
          if (num_pending === 0) complete();
        },
        () => {},
      );
    }, retryMs);
    await completed;
    clearInterval(poll);
    if (this.#pending !== listing) return;
    this.#pending = undefined;
    if (!this.#closed) this.#exchange(listing);
    void this.#watchTroubles(messages.status(), listing);
  }

  async #watchTroubles(statuses: AsyncIterable<{ readonly type: string }>, listing: Listing<T>): Promise<void> {
    const lost = ['heartbeats_missed', 'consumer_deleted', 'stream_not_found', 'ordered_consumer_recreated'];
    for await (const { type } of statuses) {
      if (this.#live !== listing) return;
      if (lost.includes(type)) this.#listAgain(0);
    }
    // the watch itself ended
    if (this.#live === listing) this.#listAgain(retryMs);
  }

  #exchange(listing: Listing<T>): void {
    const before = this.#live?.entries ?? new Map<string, WatchedEntry<T>>();
    this.#live?.stop();
    this.#live = listing;
    this.#served.resolve();
    const changed = new Set<string>();
    for (const [key, { revision, createdAt }] of listing.entries) {
      const old = before.get(key);
      // a bucket that was made anew begins at revision 1 again
      if (old?.revision !== revision || old.createdAt.getTime() !== createdAt.getTime()) changed.add(key);
    }
    for (const key of before.keys()) if (!listing.entries.has(key)) changed.add(key);
    for (const key of changed) this.#notify(key);
  }

  #apply(entries: Map<string, WatchedEntry<T>>, message: JsMsg): string {
    const key = message.subject.slice(`$KV.${buckets[this.#bucket]}.`.length);
    const removed = message.headers?.has('KV-Operation') || message.headers?.has('Nats-Marker-Reason');
    if (removed) {
      entries.delete(key);
      return key;
    }
    try {
      const createdAt = new Date(message.info.timestampNanos / 1e6);
      entries.set(key, { value: this.#parse(message.json(), key), revision: message.seq, createdAt });
    } catch (error) {
      entries.delete(key);
      this.#onBadEntry(key, error);
    }
    return key;
  }

  #notify(key: string): void {
    for (const listener of this.#listeners) listener(key);
  }
}
