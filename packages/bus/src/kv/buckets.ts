import { StorageType } from '@nats-io/jetstream';
import { type KV, Kvm, type KvOptions } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { buckets } from '../subjects.ts';

export type BucketName = keyof typeof buckets;

/** How long an agent counts as present after it was last heard; the bucket forgets it then too. */
export const presenceTtlMs = 15_000;

/** Direct reads may come from a replica that lags behind (nats-server #6557), which compare-and-set would not survive. */
const definitions: Record<BucketName, Partial<KvOptions>> = {
  clusters: { history: 5, storage: StorageType.File, allow_direct: false },
  presence: { history: 1, storage: StorageType.Memory, ttl: presenceTtlMs, allow_direct: false },
  policies: { history: 10, storage: StorageType.File, allow_direct: false },
};

/** Makes it if it is missing, which is also so for one in memory after its server has started again. */
export function openBucket(nc: NatsConnection, name: BucketName): Promise<KV> {
  // a copy: the client writes into what it is given
  return new Kvm(nc).create(buckets[name], { ...definitions[name] });
}

/** The HUB account's buckets. */
export async function openBuckets(nc: NatsConnection): Promise<Record<BucketName, KV>> {
  const [clusters, presence, policies] = await Promise.all([
    openBucket(nc, 'clusters'),
    openBucket(nc, 'presence'),
    openBucket(nc, 'policies'),
  ]);
  return { clusters, presence, policies };
}
