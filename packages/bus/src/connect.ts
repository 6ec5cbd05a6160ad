import { readFileSync } from 'node:fs';
import { connect, credsAuthenticator, type NatsConnection, type TlsOptions } from '@nats-io/transport-node';
import { BusError } from './bus-error.ts';
import { jwtOfCreds, readClaims } from './operator/claims.ts';
import { inboxPrefix } from './operator/users.ts';

export interface BusOptions {
  /** `nats://host:port` or `tls://host:port` */
  readonly servers: readonly string[];
  /** read again at each connect; its user's name gives the inbox prefix `_INBOX_<name>` that the user's permissions allow */
  readonly credsFile?: string;
  /** shown by the server: component and instance */
  readonly name: string;
  readonly inboxPrefix?: string;
  /** file paths, read again at each connect */
  readonly tls?: { readonly caFile: string; readonly certFile?: string; readonly keyFile?: string };
}

/**
 * Connects with the settings that a long-lived service needs; the client's defaults give up after ten attempts and notice a dead server after
 * four minutes. Retries for ever, the first connect too.
 *
 * What is published while disconnected is lost without an error: watch status() and reset what depends on it. Payloads of received
 * messages are views on a shared buffer: copy what outlives the callback.
 *
 * Throws BusError CREDS_UNREADABLE.
 */
export async function connectBus(options: BusOptions): Promise<NatsConnection> {
  const { servers, credsFile, name, tls } = options;
  const prefix = options.inboxPrefix ?? (credsFile === undefined ? undefined : inboxPrefix(userName(credsFile)));
  return connect({
    servers: [...servers],
    name,
    ...(credsFile === undefined ? {} : { authenticator: credsAuthenticator(() => readFileSync(credsFile)) }),
    ...(prefix === undefined ? {} : { inboxPrefix: prefix }),
    ...(tls === undefined ? {} : { tls: { ...tls } satisfies TlsOptions }),
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    // new credentials may be on disk by the next attempt
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    reconnectJitterTLS: 500,
    pingInterval: 10_000,
    maxPingOut: 2,
    timeout: 5_000,
    // an Error object for each request otherwise
    noAsyncTraces: true,
  });
}

function userName(credsFile: string): string {
  try {
    const jwt = jwtOfCreds(readFileSync(credsFile, 'utf8'));
    if (jwt !== undefined) return readClaims(jwt).name;
  } catch (cause) {
    throw new BusError('CREDS_UNREADABLE', `The NATS credentials ${credsFile} cannot be read`, { cause });
  }
  throw new BusError('CREDS_UNREADABLE', `${credsFile} holds no NATS user JWT; provision the hub again`);
}
