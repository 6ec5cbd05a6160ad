import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface OpsOptions {
  /** where to listen; port 0 takes a free one. Plain HTTP: bind it to loopback or the pod network only. */
  readonly host: string;
  readonly port: number;
  /** undefined when the service can do its job, else one sentence that says why not */
  readonly ready: () => string | undefined;
  readonly registry: Registry;
}

export interface OpsListener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The listener that operators and kubelets ask: GET /healthz (the process answers), /readyz (200 `ok`, or 503 and the reason),
 * /metrics (Prometheus text format). Rejects when the port is taken.
 */
export async function startOps({ host, port, ready, registry }: OpsOptions): Promise<OpsListener> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (path === '/healthz') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    } else if (path === '/readyz') {
      const reason = ready();
      response.writeHead(reason === undefined ? 200 : 503, { 'content-type': 'text/plain' }).end(`${reason ?? 'ok'}\n`);
    } else if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    } else {
      response.writeHead(404).end();
    }
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
