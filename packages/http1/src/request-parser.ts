import type { HttpLimits, RequestHandlers } from './message.ts';

export interface RequestParserOptions extends Partial<HttpLimits> {
  /** Field names must match `[A-Za-z0-9-]+`; otherwise any token of RFC 9110. Default true. */
  strictNames?: boolean;
}

/**
 * Reads the requests of one connection, one at a time: after `onEnd` the bytes of a pipelined request are kept unread until
 * `next()`. Those of an upgrade are kept the same way until `detach()`.
 */
export class RequestParser {
  constructor(_handlers: RequestHandlers, _options: RequestParserOptions = {}) {}

  /** Calls the handlers for what the bytes hold. False: stop reading the socket until `next()`, as unread bytes are kept here. */
  push(_chunk: Buffer): boolean {
    throw new Error('being written');
  }

  /** The request has been answered: deliver the next one (at once, if its bytes are here). */
  next(): void {
    throw new Error('being written');
  }

  /** Ends parsing, at any time; no handler is called again. Returns the bytes that were pushed and not read. */
  detach(): Buffer {
    throw new Error('being written');
  }

  /** The client has ended its side. Inside a message this is an error (400 HTTP_TRUNCATED). */
  finish(): void {
    throw new Error('being written');
  }
}
