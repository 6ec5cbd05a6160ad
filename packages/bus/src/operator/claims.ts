// The JWTs of NATS operator mode (nats-io/jwt v2), as far as Fairlead uses them. A missing limit means 0, which is none allowed, so
// every limit is written out; -1 is no limit.
import { createHash } from 'node:crypto';
import { base32, type NKey } from './nkey.ts';

export interface Permission {
  readonly allow: readonly string[];
}

export interface Claims {
  readonly sub: string;
  readonly iss: string;
  readonly iat: number;
  readonly exp?: number;
  readonly name: string;
  readonly nats: Readonly<Record<string, unknown>>;
}

const header = Buffer.from('{"typ":"JWT","alg":"ed25519-nkey"}').toString('base64url');

export interface ClaimsDraft {
  readonly name: string;
  readonly subject: string;
  readonly nats: Readonly<Record<string, unknown>>;
  /** seconds since the epoch */
  readonly issuedAt: number;
  readonly expiresAt?: number;
}

export function signClaims(draft: ClaimsDraft, issuer: NKey): string {
  const { name, subject, nats, issuedAt, expiresAt } = draft;
  const claims = {
    iat: issuedAt,
    ...(expiresAt === undefined ? {} : { exp: expiresAt }),
    iss: issuer.publicKey,
    name,
    sub: subject,
    nats,
  };
  const id = base32(createHash('sha512-256').update(JSON.stringify(claims)).digest());
  const body = Buffer.from(JSON.stringify({ jti: id, ...claims })).toString('base64url');
  const signed = `${header}.${body}`;
  return `${signed}.${issuer.sign(Buffer.from(signed)).toString('base64url')}`;
}

/** What a JWT says, not verified: for one of our own files or a server's answer. Throws SyntaxError. */
export function readClaims(jwt: string): Claims {
  const body = jwt.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
}

export function operatorClaims(options: { signingKey: string; systemAccount: string }) {
  return { signing_keys: [options.signingKey], system_account: options.systemAccount, type: 'operator', version: 2 };
}

export interface JetStreamLimits {
  readonly memoryBytes: number;
  readonly fileBytes: number;
}

/** An account of the hub. */
export function hubAccountClaims(options: {
  signingKey: string;
  exports?: readonly Record<string, unknown>[];
  jetStream?: JetStreamLimits;
}) {
  const { signingKey, exports = [], jetStream = { memoryBytes: 0, fileBytes: 0 } } = options;
  return {
    ...(exports.length === 0 ? {} : { exports }),
    limits: {
      ...unlimited,
      imports: -1,
      exports: -1,
      wildcards: true,
      disallow_bearer: true,
      conn: -1,
      leaf: 0,
      mem_storage: jetStream.memoryBytes,
      disk_storage: jetStream.fileBytes,
      streams: -1,
      consumer: -1,
      max_ack_pending: -1,
    },
    signing_keys: [signingKey],
    default_permissions: nothing,
    type: 'account',
    version: 2,
  };
}

/**
 * What the HUB account lets clusters' accounts import. `account_token_position` lets account X import only subjects whose second token is X:
 * the isolation of clusters rests on this line and on their accounts being theirs alone.
 */
export const hubExports = [
  { name: 'req', subject: 'cluster.*.req.>', type: 'stream', account_token_position: 2 },
  { name: 'rsp', subject: 'cluster.*.rsp.>', type: 'service', account_token_position: 2 },
] as const;

/**
 * A cluster's account. No JetStream: `$JS.ACK` passes a leaf's permissions, so no stream may be in an account with leaves. `conn` counts
 * leaves too at each push of the account, so it is above `leaf`.
 */
export function clusterAccountClaims(options: { clusterId: string; hubAccount: string; leafIssuer: string }) {
  const { clusterId, hubAccount, leafIssuer } = options;
  const imported = (name: string, type: 'stream' | 'service') => {
    const subject = `cluster.${clusterId}.${name}.>`;
    return { name, subject, account: hubAccount, local_subject: subject, type };
  };
  return {
    imports: [imported('req', 'stream'), imported('rsp', 'service')],
    limits: {
      subs: 2000,
      data: -1,
      payload: maxPayloadBytes,
      imports: 4,
      exports: 0,
      wildcards: true,
      disallow_bearer: true,
      conn: 10,
      leaf: 4,
      mem_storage: 0,
      disk_storage: 0,
    },
    signing_keys: [leafIssuer],
    default_permissions: nothing,
    type: 'account',
    version: 2,
  };
}

/** A user of a hub account, for a service beside the hub. `account`: it is signed by one of its signing keys. */
export function hubUserClaims(options: {
  account: string;
  publish: Permission;
  subscribe: Permission;
  mayRespond?: boolean;
}) {
  const { account, publish, subscribe, mayRespond = false } = options;
  return {
    pub: publish,
    sub: subscribe,
    // one answer to each request, within 10 s
    ...(mayRespond ? { resp: { max: 1, ttl: 10_000_000_000 } } : {}),
    ...unlimited,
    allowed_connection_types: ['STANDARD'],
    issuer_account: account,
    type: 'user',
    version: 2,
  };
}

/** No permissions of its own: the account's boundary is the isolation, and the server forgets a leaf user's permitted imports when exports change. */
export function leafUserClaims(account: string) {
  return {
    pub: {},
    sub: {},
    ...unlimited,
    allowed_connection_types: ['LEAFNODE', 'LEAFNODE_WS'],
    issuer_account: account,
    type: 'user',
    version: 2,
  };
}

/** Text of a `.creds` file, as nsc writes it. */
export function formatCreds(jwt: string, seed: string): string {
  return [
    '-----BEGIN NATS USER JWT-----',
    jwt,
    '------END NATS USER JWT------',
    '',
    '-----BEGIN USER NKEY SEED-----',
    seed,
    '------END USER NKEY SEED------',
    '',
  ].join('\n');
}

/** The JWT in a `.creds` file; undefined when there is none. */
export function jwtOfCreds(creds: string): string | undefined {
  return /-----BEGIN NATS USER JWT-----\s+(\S+)\s+------END/.exec(creds)?.[1];
}

/** The same on hub and leaf: a message above the hub's limit would cut the whole leaf link. */
export const maxPayloadBytes = 1_048_576;

const unlimited = { subs: -1, data: -1, payload: -1 } as const;
const nothing = { pub: {}, sub: {} } as const;
