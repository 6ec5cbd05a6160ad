import type { Caller } from '../authenticate/caller.ts';

/** Why a request is not taken now. */
export interface LimitRefusal {
  readonly message: string;
  readonly retryAfterSeconds: number;
}

/** A count over all gateways, kept elsewhere and told to us a moment later. */
export interface SharedCount {
  /** Counts one request of the principal. Gives what is known of the present second, undefined when nothing is. */
  count(principal: string): number | undefined;
}

export interface PrincipalLimitsOptions {
  readonly maxStreams: number;
  /** 0: no limit */
  readonly requestsPerSecond: number;
  readonly shared?: SharedCount;
  /** monotonic, ms */
  readonly now: () => number;
}

interface Use {
  readonly key: string;
  streams: number;
  allowance: number;
  refilledMs: number;
  seenMs: number;
}

/** How much one principal may do at once, so that none takes the hub from the others. Counting never waits. */
export class PrincipalLimits {
  readonly #options: PrincipalLimitsOptions;
  readonly #uses = new Map<string, Use>();
  readonly #useOfCaller = new WeakMap<Caller, Use>();

  constructor(options: PrincipalLimitsOptions) {
    this.#options = options;
  }

  /** Takes a place for a request; give it back by leave() exactly once. */
  enter(caller: Caller): LimitRefusal | undefined {
    const use = this.#useOf(caller);
    const { maxStreams, requestsPerSecond, now } = this.#options;
    const nowMs = now();
    use.seenMs = nowMs;
    if (use.streams >= maxStreams) {
      return {
        message: `${caller.principal.user} has ${use.streams} open requests, and this hub allows ${maxStreams} at once; close some.`,
        retryAfterSeconds: 1,
      };
    }
    if (requestsPerSecond > 0 && !this.#takeAllowance(use, nowMs)) {
      return {
        message: `${caller.principal.user} makes more than ${requestsPerSecond} requests a second, which is what this hub allows.`,
        retryAfterSeconds: 1,
      };
    }
    use.streams += 1;
    return undefined;
  }

  leave(caller: Caller): void {
    this.#useOf(caller).streams -= 1;
  }

  /** Forgets principals that have not been here for a minute. */
  sweep(): void {
    const before = this.#options.now() - 60_000;
    for (const use of this.#uses.values()) {
      if (use.streams === 0 && use.seenMs < before) this.#uses.delete(use.key);
    }
  }

  /** Principals that are remembered. */
  get size(): number {
    return this.#uses.size;
  }

  #useOf(caller: Caller): Use {
    const known = this.#useOfCaller.get(caller);
    if (known !== undefined && this.#uses.get(known.key) === known) return known;
    const key = `${caller.principal.issuer}\n${caller.principal.user}`;
    let use = this.#uses.get(key);
    if (use === undefined) {
      const nowMs = this.#options.now();
      use = { key, streams: 0, allowance: this.#options.requestsPerSecond, refilledMs: nowMs, seenMs: nowMs };
      this.#uses.set(key, use);
    }
    this.#useOfCaller.set(caller, use);
    return use;
  }

  #takeAllowance(use: Use, nowMs: number): boolean {
    const { requestsPerSecond, shared } = this.#options;
    // a second's worth may come at once
    const most = Math.max(1, requestsPerSecond);
    use.allowance = Math.min(most, use.allowance + ((nowMs - use.refilledMs) / 1000) * requestsPerSecond);
    use.refilledMs = nowMs;
    if (use.allowance < 1) return false;
    use.allowance -= 1;
    const everywhere = shared?.count(use.key);
    return everywhere === undefined || everywhere <= most;
  }
}
