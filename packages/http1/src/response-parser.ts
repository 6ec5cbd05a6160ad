import type { HttpLimits, ResponseHandlers } from './message.ts';

/** Reads the responses of one upstream connection, one for each `expect()`. Bytes that no request asked for are an error. */
export class ResponseParser {
  constructor(_handlers: ResponseHandlers, _limits: Partial<HttpLimits> = {}) {}

  /** A request with this method goes out now. `upgrade`: it asks for one, so that 101 is a legal answer. Throws if one is under way. */
  expect(_method: string, _options: { upgrade?: boolean } = {}): void {
    throw new Error('being written');
  }

  /** True if no response is under way, the last one allows another, and nothing came after it. */
  get reusable(): boolean {
    throw new Error('being written');
  }

  push(_chunk: Buffer): void {
    throw new Error('being written');
  }

  /** Ends parsing, after 101 or at any time; no handler is called again. Returns the bytes that were pushed and not read. */
  detach(): Buffer {
    throw new Error('being written');
  }

  /** The peer has ended its side: ends an until-close body (onEnd). 'truncated' if a response was under way or awaited. */
  finish(): 'complete' | 'truncated' {
    throw new Error('being written');
  }
}
