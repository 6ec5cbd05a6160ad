// The long-running requests that are open, so that a changed policy, an expired credential or a stop of the gateway reaches them.

import type { CachingDecider } from '@fairlead/access';
import type { ProxiedRequest } from './proxied-request.ts';

/** How long a watch may take to come to the end of an event before it is broken off. */
const eventEndMs = 1_000;
/** Asked at once when a policy changes; more would hold up what else the gateway does. */
const batch = 500;

export class LiveRequests {
  readonly #requests = new Set<ProxiedRequest>();
  #decider: CachingDecider | undefined;
  #unsubscribe: (() => void) | undefined;
  #version = 0;

  get size(): number {
    return this.#requests.size;
  }

  add(request: ProxiedRequest): void {
    this.#requests.add(request);
  }

  delete(request: ProxiedRequest): void {
    this.#requests.delete(request);
  }

  /** From now on a policy change ends the requests that it no longer allows. */
  follow(decider: CachingDecider): void {
    this.#decider = decider;
    this.#unsubscribe = decider.onPolicyVersion(() => void this.#askAgain());
  }

  close(): void {
    this.#unsubscribe?.();
  }

  /** Ends those whose credential is over. `nowMs`: since the epoch. */
  endExpired(nowMs: number): void {
    for (const request of this.#requests) {
      if (request.isEnding || (request.caller?.streamsEndAtMs ?? Number.POSITIVE_INFINITY) > nowMs) continue;
      this.#end(request, 'expired', {
        code: 401,
        cause: 'TOKEN_EXPIRED',
        message: "The session that opened this has ended; run 'fairlead login' again.",
      });
    }
  }

  /** Ends the watches, which clients resume elsewhere; exec sessions and the like go on. */
  endWatches(): void {
    for (const request of this.#requests) if (request.isWatch) this.#end(request, 'shed', undefined);
  }

  /** Breaks off all that is left. */
  abortAll(): void {
    for (const request of this.#requests) request.abort();
  }

  async #askAgain(): Promise<void> {
    const version = ++this.#version;
    const all = [...this.#requests];
    for (let i = 0; i < all.length && version === this.#version; i += batch) {
      await Promise.all(all.slice(i, i + batch).map((request) => this.#ask(request)));
    }
  }

  async #ask(request: ProxiedRequest): Promise<void> {
    const { question } = request;
    if (question === undefined || this.#decider === undefined) return;
    // authz away: what is open stays open, and the next version asks again.
    const decisions = await this.#decider.decide([question]).catch(() => []);
    const effect = decisions[0]?.effect;
    if (effect === undefined || effect === 'Allow') return;
    this.#end(request, 'revoked', {
      code: 403,
      cause: 'POLICY_DENIED',
      message: `${question.user} may no longer ${question.action} on ${question.resource}: a policy of the Fairlead hub has changed.`,
    });
  }

  #end(request: ProxiedRequest, ...why: Parameters<ProxiedRequest['endByHub']>): void {
    request.endByHub(...why);
    if (!this.#requests.has(request)) return;
    setTimeout(() => request.abort(), eventEndMs).unref();
  }
}
