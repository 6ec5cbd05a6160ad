// Where one event of a watch ends and the next begins, so that a watch that lost its agent can be ended cleanly between two: the client then
// resumes from the last resource version. In the middle of an event the only honest end is a broken connection.

import type { HeaderList } from '@fairlead/http1';

export interface EventBoundary {
  /** the bytes as they pass */
  pass(chunk: Buffer): void;
  /** everything that passed is whole events */
  readonly isAtBoundary: boolean;
  /** JSON, so that an event of our own can follow */
  readonly isJson: boolean;
}

/** How the events of this answer are told apart; undefined when that is not known (compressed, WebSocket, another type). */
export function eventBoundary(headers: HeaderList): EventBoundary | undefined {
  let type = '';
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === 'content-type') type = value.toLowerCase();
    else if (lower === 'content-encoding' && value.toLowerCase() !== 'identity') return undefined;
  }
  if (type.startsWith('application/json')) return new JsonLines();
  if (type.startsWith('application/vnd.kubernetes.protobuf')) return new LengthDelimited();
  return undefined;
}

/** One JSON document a line (k8s.io/apimachinery, runtime/serializer/json: the framer writes documents that end in a line feed). */
class JsonLines implements EventBoundary {
  readonly isJson = true;
  isAtBoundary = true;

  pass(chunk: Buffer): void {
    if (chunk.length > 0) this.isAtBoundary = chunk[chunk.length - 1] === 0x0a;
  }
}

/** A length of four bytes, big-endian, before each event (k8s.io/apimachinery, util/framer). */
class LengthDelimited implements EventBoundary {
  readonly isJson = false;
  /** bytes of the present event still to come, once its length is known */
  #left = 0;
  #length = 0;
  #lengthBytes = 0;

  get isAtBoundary(): boolean {
    return this.#left === 0 && this.#lengthBytes === 0;
  }

  pass(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#length = this.#length * 256 + (chunk[at] as number);
      at += 1;
      this.#lengthBytes += 1;
      if (this.#lengthBytes === 4) {
        this.#left = this.#length;
        this.#length = 0;
        this.#lengthBytes = 0;
      }
    }
  }
}
