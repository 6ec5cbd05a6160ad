// A gateway's proxy behind a real listener, with everything beyond the process replaced: decisions, the audit log, the cluster.

import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { cachingDecider, type Decision, type DecisionRequest } from '@fairlead/access';
import type { UnnumberedEvent } from '@fairlead/audit-events';
import { createAuthority, type IssuedCertificate, openAuthority } from '@fairlead/identity';
import { createLogger, createRegistry } from '@fairlead/telemetry';
import { Authenticator } from '../authenticate/authenticator.ts';
import { PrincipalLimits } from '../limits/principal-limits.ts';
import { type Listener, type ListenerOptions, listen } from '../listen/listener.ts';
import { LiveRequests } from '../proxy/live-requests.ts';
import { ProxiedRequest, type ProxyContext } from '../proxy/proxied-request.ts';
import { ProxyMetrics } from '../proxy/proxy-metrics.ts';
import { FakeCluster } from './fake-cluster.ts';
import { FakeTokens } from './fake-tokens.ts';

export const demoId = `A${'B'.repeat(55)}`;

let serving: Promise<IssuedCertificate & { ca: string }> | undefined;

/** One certificate for all tests of a process. */
export function servingCertificate(): Promise<IssuedCertificate & { ca: string }> {
  serving ??= createAuthority({ trustDomain: 'test.local' }).then(async (root) => {
    const authority = await openAuthority(root);
    return { ...(await authority.issueServing(['localhost', '127.0.0.1'])), ca: authority.certificate };
  });
  return serving;
}

export interface TestGateway {
  readonly port: number;
  readonly ca: string;
  readonly listener: Listener;
  readonly cluster: FakeCluster;
  readonly events: UnnumberedEvent[];
  readonly live: LiveRequests;
  readonly metrics: ProxyMetrics;
  readonly limits: PrincipalLimits;
  readonly tokens: FakeTokens;
  /** decides; default: everything is allowed */
  decide: (question: DecisionRequest) => Pick<Decision, 'effect' | 'statements'>;
  setPolicyVersion(version: string): void;
  /** audit: what publishStrict waits for, and whether publishBuffered has room */
  strictly: () => Promise<void>;
  hasAuditRoom: boolean;
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly listener?: Partial<ListenerOptions>;
  readonly maxStreams?: number;
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const pair = await servingCertificate();
  const registry = createRegistry('gateway');
  const cluster = new FakeCluster();
  const events: UnnumberedEvent[] = [];
  const versions = new Set<(version: string) => void>();
  let policyVersion = '1';
  const decider = cachingDecider({
    decide: async (questions) =>
      questions.map((question) => ({ ...gateway.decide(question), policyVersion, cacheMs: 60_000, cacheInputs: [] })),
    onPolicyVersion(told) {
      versions.add(told);
      return () => void versions.delete(told);
    },
  });
  const tokens = new FakeTokens();
  const live = new LiveRequests();
  live.follow(decider);
  const metrics = new ProxyMetrics(registry);
  const limits = new PrincipalLimits({
    maxStreams: options.maxStreams ?? 1_000,
    requestsPerSecond: 0,
    now: () => performance.now(),
  });
  const context: ProxyContext = {
    clusters: {
      byName: (name) =>
        name === 'demo'
          ? { name, id: demoId, labels: {}, createdAt: '', createdBy: '', join: { tokenHash: '', expiresAt: '' } }
          : undefined,
    },
    authenticator: new Authenticator({
      tokens,
      issuers: { verify: async () => Promise.reject(new Error('no issuer')) },
      sessionMs: 3_600_000,
    }),
    decider,
    limits,
    audit: {
      publishStrict: async (event) => {
        await gateway.strictly();
        events.push(event);
      },
      publishBuffered: (event) => {
        if (gateway.hasAuditRoom) events.push(event);
        return gateway.hasAuditRoom;
      },
    },
    routes: cluster,
    live,
    metrics,
    logger: createLogger('gateway', 'test', 'silent'),
  };
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    cert: pair.certificate,
    key: pair.key,
    headBytes: 65_536,
    http2Streams: 1_000,
    maxConnections: 1_000,
    maxConnectionsPerAddress: 1_000,
    dispatch(exchange) {
      const request = new ProxiedRequest(context, exchange);
      request.start();
      return request;
    },
    ...options.listener,
  });
  const gateway: TestGateway = {
    port: listener.port,
    ca: pair.ca,
    listener,
    cluster,
    events,
    live,
    metrics,
    limits,
    tokens,
    decide: () => ({ effect: 'Allow', statements: ['test/0'] }),
    setPolicyVersion(version) {
      policyVersion = version;
      for (const told of versions) told(version);
    },
    strictly: async () => undefined,
    hasAuditRoom: true,
    async close() {
      live.close();
      decider.close();
      await listener.close();
    },
  };
  return gateway;
}

/** A TLS client that writes bytes and keeps what comes back. */
export class RawClient {
  readonly socket: TLSSocket;
  received = Buffer.alloc(0);
  hasEnded = false;
  isClosed = false;
  readonly #changes = new Set<() => void>();

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#changed();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#changed();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
    socket.on('error', () => undefined);
  }

  static open({ port, ca }: { port: number; ca: string }, alpn = 'http/1.1'): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, ca, ALPNProtocols: [alpn], allowHalfOpen: true };
      const socket = connect(options as ConnectionOptions);
      socket.once('secureConnect', () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes as string, 'latin1');
    return this;
  }

  /** Resolves when the condition holds; rejects when the connection closes before. */
  async until(condition: (client: RawClient) => boolean): Promise<string> {
    while (!condition(this)) {
      if (this.isClosed) throw new Error(`The connection closed after: ${JSON.stringify(this.text.slice(-500))}`);
      await new Promise<void>((resolve) => {
        const changed = () => {
          this.#changes.delete(changed);
          resolve();
        };
        this.#changes.add(changed);
      });
    }
    return this.text;
  }

  untilText(text: string): Promise<string> {
    return this.until((client) => client.text.includes(text));
  }

  async untilClosed(): Promise<string> {
    await this.until((client) => client.isClosed || client.hasEnded);
    return this.text;
  }

  close(): void {
    this.socket.destroy();
  }

  #changed(): void {
    for (const changed of [...this.#changes]) changed();
  }
}

/** The JSON body of the last answer in the text. */
export function bodyOf(text: string): {
  code?: number;
  message?: string;
  reason?: string;
  details?: { causes?: { reason: string }[] };
} {
  return JSON.parse(text.slice(text.lastIndexOf('\r\n\r\n') + 4));
}

/** Waits, a turn of the event loop at a time, for what another part does on its own. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const giveUp = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > giveUp) throw new Error(`It did not happen within 5 s: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
