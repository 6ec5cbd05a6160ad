// Bytes that have to wait: a line or a pipelined request that came in pieces. Doubling keeps the cost linear however small
// the pieces are; a peer that sends one byte a packet gains nothing.

const FIRST_CAPACITY = 512;
const EMPTY = Buffer.alloc(0);

export class GrowingBuffer {
  length = 0;
  #bytes: Buffer = EMPTY;

  append(source: Buffer, start: number, end: number): void {
    const needed = this.length + (end - start);
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.length);
      this.#bytes = grown;
    }
    source.copy(this.#bytes, this.length, start, end);
    this.length = needed;
  }

  /** The bytes, which are the caller's from now on; empty afterwards. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.length);
    this.#bytes = EMPTY;
    this.length = 0;
    return taken;
  }
}
