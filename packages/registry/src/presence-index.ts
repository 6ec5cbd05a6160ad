import type { AgentPresence } from './records.ts';

/**
 * Which agents were heard lately. Only time removes them: the bucket forgets old entries without telling its watchers, and one in memory forgets
 * all of them when its server starts again, while the agents are there as before.
 */
export class PresenceIndex {
  readonly #ttlMs: number;
  readonly #clusters = new Map<string, Map<string, { readonly presence: AgentPresence; readonly heardMs: number }>>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** @param storedMs when the server stored it, by its clock */
  heard(presence: AgentPresence, storedMs: number, nowMs: number): void {
    // what is listed at the start may be old already; a clock that differs must not make it too old, nor younger than now
    const ageMs = Math.min(Math.max(nowMs - storedMs, 0), this.#ttlMs);
    const agents = this.#clusters.get(presence.clusterId) ?? new Map();
    agents.set(presence.instance, { presence, heardMs: nowMs - ageMs });
    this.#clusters.set(presence.clusterId, agents);
  }

  agents(clusterId: string, nowMs: number): AgentPresence[] {
    const present: AgentPresence[] = [];
    for (const { presence, heardMs } of this.#clusters.get(clusterId)?.values() ?? []) {
      if (nowMs - heardMs < this.#ttlMs) present.push(presence);
    }
    return present;
  }

  /** Forgets who was not heard for too long; whether there was any. */
  expire(nowMs: number): boolean {
    let any = false;
    for (const [clusterId, agents] of this.#clusters) {
      for (const [instance, { heardMs }] of agents) {
        if (nowMs - heardMs < this.#ttlMs) continue;
        agents.delete(instance);
        any = true;
      }
      if (agents.size === 0) this.#clusters.delete(clusterId);
    }
    return any;
  }
}
