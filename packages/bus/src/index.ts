export { BusError } from './bus-error.ts';
export { type BusOptions, connectBus } from './connect.ts';
export { type BucketName, openBucket, openBuckets, presenceTtlMs } from './kv/buckets.ts';
export { createEntry, updateEntry } from './kv/compare-and-set.ts';
export { type WatchedCopy, type WatchedCopyOptions, type WatchedEntry, watchedCopy } from './kv/watched-copy.ts';
export { formatCreds, maxPayloadBytes } from './operator/claims.ts';
export { type HubLayout, type HubPorts, type ProvisionOptions, provisionHub } from './operator/provision.ts';
export { createLeafUserKey, openRegistrar, Registrar } from './operator/registrar.ts';
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
