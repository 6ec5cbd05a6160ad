import { Counter, Gauge, Histogram, type Registry } from '@fairlead/telemetry';
import type { EndReason } from './audit-trail.ts';

/** Ends that nobody has to look into: a client that closes its watch is no error. */
const expectedEnds = new Set<EndReason>(['complete', 'client_closed', 'expired', 'revoked', 'refused']);

/**
 * Requests of the proxy by action and class of status, how long the short ones took, and the balance that must come out even: opened equals
 * closed plus open. Counted in plain numbers, read when somebody asks: a labelled counter costs a request more than its authorisation.
 */
export class ProxyMetrics {
  opened = 0;
  closed = 0;
  readonly #counts = new Map<string, Map<number, number>>();
  readonly #unexpected = new Map<EndReason, number>();
  readonly #duration: Histogram;

  constructor(registry: Registry) {
    const metrics = this;
    this.#duration = new Histogram({
      name: 'fairlead_proxy_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer; long-running requests are not counted.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    new Counter({
      name: 'fairlead_proxy_requests_total',
      help: 'Answered requests to clusters by action and status.',
      labelNames: ['action', 'code'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [action, codes] of metrics.#counts)
          for (const [code, count] of codes) this.inc({ action, code }, count);
      },
    });
    new Counter({
      name: 'fairlead_proxy_unexpected_ends_total',
      help: 'Requests that ended because something failed.',
      labelNames: ['reason'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [reason, count] of metrics.#unexpected) this.inc({ reason }, count);
      },
    });
    for (const name of ['opened', 'closed'] as const) {
      new Counter({
        name: `fairlead_proxy_streams_${name}_total`,
        help: `Requests to clusters that were ${name}; opened minus closed is what is open.`,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(metrics[name]);
        },
      });
    }
    new Gauge({
      name: 'fairlead_proxy_streams_open',
      help: 'Requests to clusters that are open now.',
      registers: [registry],
      collect() {
        this.set(metrics.opened - metrics.closed);
      },
    });
  }

  completed(action: string, code: number, endReason: EndReason, durationMs: number, isLongRunning: boolean): void {
    this.closed += 1;
    let codes = this.#counts.get(action);
    if (codes === undefined) {
      codes = new Map();
      this.#counts.set(action, codes);
    }
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (!expectedEnds.has(endReason)) this.#unexpected.set(endReason, (this.#unexpected.get(endReason) ?? 0) + 1);
    if (!isLongRunning) this.#duration.observe(durationMs / 1000);
  }
}
