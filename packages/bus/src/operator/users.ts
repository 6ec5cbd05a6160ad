// What each component of the hub may say and hear on the bus. One line a need: what is not here is denied by the server.
import { auditStream, buckets, subjects } from '../subjects.ts';
import type { Permission } from './claims.ts';

export interface HubUser {
  readonly name: string;
  readonly account: 'hub' | 'audit' | 'system';
  readonly publish: Permission;
  readonly subscribe: Permission;
  readonly mayRespond?: boolean;
}

/** Answers to a user's requests; nobody else may listen there. connectBus() takes it from the user's name. */
export const inboxPrefix = (userName: string) => `_INBOX_${userName}`;

type Bucket = (typeof buckets)[keyof typeof buckets];

const watches = (...names: Bucket[]) => [
  '$JS.API.INFO',
  ...names.flatMap((bucket) => [
    // whoever starts first makes the bucket; only with the one configuration that all of them ask for
    `$JS.API.STREAM.CREATE.KV_${bucket}`,
    `$JS.API.STREAM.INFO.KV_${bucket}`,
    `$JS.API.STREAM.MSG.GET.KV_${bucket}`,
    `$JS.API.CONSUMER.CREATE.KV_${bucket}`,
    `$JS.API.CONSUMER.CREATE.KV_${bucket}.>`,
    `$JS.API.CONSUMER.INFO.KV_${bucket}.*`,
    `$JS.API.CONSUMER.DELETE.KV_${bucket}.*`,
    `$JS.FC.KV_${bucket}.>`,
  ]),
];
const writes = (bucket: Bucket) => `$KV.${bucket}.>`;

function hubUser(name: string, publish: string[], subscribe: string[] = [], mayRespond = false): HubUser {
  return user('hub', name, publish, subscribe, mayRespond);
}

function user(
  account: HubUser['account'],
  name: string,
  publish: string[],
  subscribe: string[] = [],
  mayRespond = false,
): HubUser {
  return {
    name,
    account,
    publish: { allow: publish },
    subscribe: { allow: [`${inboxPrefix(name)}.>`, ...subscribe] },
    mayRespond,
  };
}

const allBuckets = Object.values(buckets);

export const hubUsers: readonly HubUser[] = [
  hubUser(
    'gateway',
    [subjects.decide, subjects.policies, ...watches(...allBuckets), writes(buckets.clusters)],
    [subjects.policyVersion],
  ),
  hubUser('stub', ['cluster.*.req.>', ...watches(...allBuckets), writes(buckets.presence)], ['cluster.*.rsp.>']),
  hubUser(
    'authz',
    [subjects.policyVersion, ...watches(...allBuckets), writes(buckets.policies)],
    [subjects.decide, subjects.policies],
    true,
  ),
  hubUser('audit', watches(...allBuckets)),
  // registers clusters' accounts, cuts leaves, asks servers how they are; cannot read any account's messages
  user(
    'system',
    'sys',
    [
      '$SYS.REQ.CLAIMS.UPDATE',
      '$SYS.REQ.CLAIMS.DELETE',
      '$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP',
      '$SYS.REQ.ACCOUNT.*.LEAFZ',
      '$SYS.REQ.SERVER.PING',
      '$SYS.REQ.SERVER.PING.>',
      '$SYS.REQ.SERVER.*.KICK',
      '$SYS.REQ.SERVER.*.RELOAD',
    ],
    ['$SYS.ACCOUNT.*.CONNECT', '$SYS.ACCOUNT.*.DISCONNECT', '$SYS.SERVER.*.CLIENT.AUTH.ERR'],
  ),
  user('audit', 'audit-publisher', auditStream.subjects.map(String)),
  user('audit', 'audit-consumer', ['$JS.API.>', '$JS.ACK.>', '$JS.FC.>'], ['$JS.EVENT.ADVISORY.>']),
];
