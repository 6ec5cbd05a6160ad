/**
 * How often one address may try what needs no credential (login, join). A bucket an address; the least recently seen address is forgotten first.
 */
export class AttemptBudget {
  readonly #attempts: number;
  readonly #perMs: number;
  readonly #maxAddresses: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  /** `attempts` at once, and as many again each `perMs`. `now`: monotonic, ms. */
  constructor(options: { attempts: number; perMs: number; now: () => number; maxAddresses?: number }) {
    this.#attempts = options.attempts;
    this.#perMs = options.perMs;
    this.#now = options.now;
    this.#maxAddresses = options.maxAddresses ?? 10_000;
  }

  /** Takes one attempt. Gives the seconds to wait when there is none left. */
  take(address: string): number | undefined {
    const nowMs = this.#now();
    const known = this.#buckets.get(address);
    const refilled =
      known === undefined ? this.#attempts : known.left + ((nowMs - known.atMs) / this.#perMs) * this.#attempts;
    const left = Math.min(this.#attempts, refilled);
    this.#buckets.delete(address);
    if (this.#buckets.size >= this.#maxAddresses) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(address, { left: left < 1 ? left : left - 1, atMs: nowMs });
    return left < 1 ? Math.ceil(((1 - left) * this.#perMs) / this.#attempts / 1000) : undefined;
  }
}
