// The only public listener: one TLS port, HTTP/2 or HTTP/1.1 by ALPN, requests handed to `dispatch`. A single sweep a second
// looks at all deadlines.

import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { HttpParseError } from '@fairlead/http1';
import type { Dispatch } from './exchange.ts';
import { Http1Connection, type Http1Host } from './http1-connection.ts';
import { Http2Connection } from './http2-session.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free one */
  readonly port: number;
  /** PEM */
  readonly cert: string;
  readonly key: string;
  readonly dispatch: Dispatch;
  readonly headBytes: number;
  readonly http2Streams: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly onRefused?: (error: HttpParseError) => void;
  /** ms; all with sensible defaults, given by tests */
  readonly headersTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly bodyIdleTimeoutMs?: number;
  readonly sweepMs?: number;
}

export interface Listener {
  readonly port: number;
  readonly connections: number;
  /** New handshakes use it; open connections stay. */
  setCertificate(pair: { cert: string; key: string }): void;
  /** Stops accepting; idle connections end, HTTP/2 clients get GOAWAY, answers under way go on. */
  drain(): void;
  /** Destroys what is left. */
  close(): Promise<void>;
}

/** As nginx and the API server do it, above the 90 s after which Go's client gives up an idle connection. */
const defaultIdleTimeoutMs = 180_000;

/** Opens the listener. Rejects when the port is taken or the certificate cannot be used. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const connections = new Map<TLSSocket, Http1Connection | Http2Connection>();
  const perAddress = new Map<string, number>();
  const idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs;
  let isDraining = false;

  const host: Http1Host = {
    dispatch: options.dispatch,
    headBytes: options.headBytes,
    headersTimeoutMs: options.headersTimeoutMs ?? 10_000,
    idleTimeoutMs,
    bodyIdleTimeoutMs: options.bodyIdleTimeoutMs ?? 60_000,
    get isDraining() {
      return isDraining;
    },
    now: () => performance.now(),
    onRefused: options.onRefused ?? (() => undefined),
  };
  const http2Host = {
    dispatch: options.dispatch,
    headBytes: options.headBytes,
    maxStreams: options.http2Streams,
    bodyIdleTimeoutMs: host.bodyIdleTimeoutMs,
    now: host.now,
  };

  const server = createServer({
    cert: options.cert,
    key: options.key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2', 'http/1.1'],
    // An upgraded connection may be ended by one side and go on in the other direction.
    allowHalfOpen: true,
    handshakeTimeout: host.headersTimeoutMs,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
  });
  server.maxConnections = options.maxConnections;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('connection', (socket) => {
    const address = plainAddress(socket.remoteAddress);
    const count = (perAddress.get(address) ?? 0) + 1;
    perAddress.set(address, count);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
    });
    if (count > options.maxConnectionsPerAddress) socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    const address = plainAddress(socket.remoteAddress);
    socket.on('error', () => socket.destroy());
    const connection =
      socket.alpnProtocol === 'h2'
        ? new Http2Connection(socket, address, http2Host)
        : new Http1Connection(socket, address, host);
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
    if (isDraining) connection.drain();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => undefined);

  const sweep = setInterval(() => {
    const nowMs = host.now();
    for (const connection of connections.values()) {
      if (connection instanceof Http1Connection) connection.checkDeadline(nowMs);
      else connection.check(nowMs, idleTimeoutMs);
    }
  }, options.sweepMs ?? 1_000);
  sweep.unref();

  const stopAccepting = () => new Promise<void>((resolve) => server.close(() => resolve()));
  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections.size;
    },
    setCertificate: ({ cert, key }) => server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' }),
    drain() {
      if (isDraining) return;
      isDraining = true;
      stopped = stopAccepting();
      for (const connection of connections.values()) connection.drain();
    },
    async close() {
      isDraining = true;
      stopped ??= stopAccepting();
      clearInterval(sweep);
      for (const socket of connections.keys()) socket.destroy();
      await stopped;
    },
  };
}

/** An IPv4 peer of a dual-stack listener is shown as what it is. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
