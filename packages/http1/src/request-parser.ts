import { isTargetText, isToken } from './characters.ts';
import { DEFAULT_LIMITS, type HttpLimits, HttpParseError, type RequestHandlers, type RequestHead } from './message.ts';
import { DEAD, END, HOLD, LENGTH_BODY, MessageParser, START_LINE, uriTooLong } from './message-parser.ts';

export interface RequestParserOptions extends Partial<HttpLimits> {
  /** Field names must match `[A-Za-z0-9-]+`; otherwise any token of RFC 9110. Default true. */
  strictNames?: boolean;
  /** Bytes kept unread while a request is being answered: pipelined requests, or what follows an upgrade. Default 262,144. */
  maxUnreadBytes?: number;
}

const DEFAULT_MAX_UNREAD_BYTES = 262_144;
/** Longer than any method, the two spaces, the version and CRLF. */
const START_LINE_SLACK_BYTES = 64;
const MAX_METHOD_BYTES = 32;
const WELL_FORMED_VERSION = /^HTTP\/[0-9]\.[0-9]$/;

/**
 * Reads the requests of one connection, one at a time: after `onEnd` the bytes of a pipelined request are kept unread until
 * `next()`. Those of an upgrade are kept the same way until `detach()`.
 */
export class RequestParser extends MessageParser {
  protected override readonly maxStartLineBytes: number;
  readonly #handlers: RequestHandlers;
  readonly #maxUnreadBytes: number;
  #head: RequestHead | undefined;
  #method = '';
  #target = '';
  #minor: 0 | 1 = 1;
  #skippedBlankLine = false;
  #overflowed = false;
  #finished = false;

  constructor(handlers: RequestHandlers, options: RequestParserOptions = {}) {
    const { strictNames = true, maxUnreadBytes = DEFAULT_MAX_UNREAD_BYTES, ...limits } = options;
    super(START_LINE, { ...DEFAULT_LIMITS, ...limits }, strictNames);
    this.#handlers = handlers;
    this.#maxUnreadBytes = maxUnreadBytes;
    this.maxStartLineBytes = this.limits.maxUriBytes + START_LINE_SLACK_BYTES;
  }

  /**
   * Calls the handlers for what the bytes hold. The chunk must not be written to afterwards.
   * False: stop reading the socket until `next()`, since a pipelined request waits. Who reads on is refused (400
   * HTTP_TOO_MUCH_PIPELINED, after `next()`) beyond `maxUnreadBytes`.
   */
  push(chunk: Buffer): boolean {
    if (this.state === HOLD) {
      if (this.unreadBytes + chunk.length > this.#maxUnreadBytes) this.#overflowed = true;
      if (!this.#overflowed) this.hold(chunk);
    } else if (this.state !== DEAD) {
      this.feed(chunk);
    }
    return this.state !== HOLD || (this.unreadBytes === 0 && !this.#overflowed);
  }

  /**
   * The request has been answered: deliver the next one, at once if its bytes are here. Nothing happens after an error,
   * after `detach()`, and after a request that ended the connection (`keepAlive` false): RFC 9112 section 9.6 lets nobody
   * read what follows one. Throws if `onEnd` has not been called: who answers early waits for the end of the body or closes.
   */
  next(): void {
    if (this.state === DEAD) return;
    if (this.state !== HOLD) throw new Error('next() was called before the request had ended.');
    if (this.#head?.keepAlive !== true) {
      this.discard();
      return;
    }
    this.#skippedBlankLine = false;
    this.beginMessage();
    this.run();
    if (this.state === HOLD || this.state === DEAD) return;
    if (this.#overflowed) this.fail(tooMuchPipelined());
    else if (this.#finished) this.#endOfInput();
  }

  /**
   * Ends parsing, at any time; no handler is called again. Returns the bytes that were pushed and not read.
   * Throws HttpParseError HTTP_TOO_MUCH_PIPELINED if bytes had to be dropped.
   */
  detach(): Buffer {
    const unread = this.discard();
    if (this.#overflowed) throw tooMuchPipelined();
    return unread;
  }

  /** The client has ended its side. Inside a message this is an error (400 HTTP_TRUNCATED), told after `next()` if one is being answered. */
  finish(): void {
    this.#finished = true;
    if (this.state !== HOLD && this.state !== DEAD) this.#endOfInput();
  }

  #endOfInput(): void {
    if (this.isAtStart) this.discard();
    else this.fail(new HttpParseError(400, 'HTTP_TRUNCATED', 'The connection ended inside a request.'));
  }

  protected override readStartLine(text: string, start: number, end: number): boolean {
    if (start === end) {
      // RFC 9112 section 2.2: one empty line is what old clients leave behind a body.
      if (this.#skippedBlankLine) {
        throw new HttpParseError(400, 'HTTP_BLANK_LINES', 'More than one empty line comes before a request.');
      }
      this.#skippedBlankLine = true;
      return false;
    }
    const methodEnd = text.indexOf(' ', start);
    const targetEnd = methodEnd === -1 ? -1 : text.indexOf(' ', methodEnd + 1);
    if (targetEnd === -1 || targetEnd > end) {
      throw new HttpParseError(
        400,
        'HTTP_INVALID_REQUEST_LINE',
        'The request line is not a method, a target and a version.',
      );
    }
    this.#readVersion(text.slice(targetEnd + 1, end));
    this.#readMethod(text.slice(start, methodEnd));
    this.#readTarget(text.slice(methodEnd + 1, targetEnd));
    return true;
  }

  #readVersion(version: string): void {
    if (version === 'HTTP/1.1') this.#minor = 1;
    else if (version === 'HTTP/1.0') this.#minor = 0;
    else if (WELL_FORMED_VERSION.test(version)) {
      throw new HttpParseError(505, 'HTTP_UNKNOWN_VERSION', 'This side speaks HTTP/1.1 and HTTP/1.0.');
    } else throw new HttpParseError(400, 'HTTP_INVALID_VERSION', 'The request line does not end in an HTTP version.');
  }

  #readMethod(method: string): void {
    if (method.length > MAX_METHOD_BYTES || !isToken(method)) {
      throw new HttpParseError(400, 'HTTP_INVALID_METHOD', 'The method is not a token of reasonable length.');
    }
    if (method === 'CONNECT') {
      throw new HttpParseError(400, 'HTTP_CONNECT_REFUSED', 'CONNECT is for forward proxies, which this is not.');
    }
    if (method === 'TRACE') {
      throw new HttpParseError(501, 'HTTP_TRACE_REFUSED', 'TRACE would show credentials; it is not served.');
    }
    this.#method = method;
  }

  #readTarget(target: string): void {
    if (target.length > this.limits.maxUriBytes) throw uriTooLong();
    if (!target.startsWith('/') || target.startsWith('//')) {
      throw new HttpParseError(
        400,
        'HTTP_TARGET_NOT_ORIGIN_FORM',
        'The request target must be a path that starts with one slash.',
      );
    }
    if (!isTargetText(target)) {
      throw new HttpParseError(
        400,
        'HTTP_INVALID_TARGET',
        'The request target holds a byte that must be percent-encoded.',
      );
    }
    this.#target = target;
  }

  protected override noteField(name: string, value: string): void {
    this.fields.noteOfRequest(name, value);
  }

  protected override finishHead(): void {
    const fields = this.fields;
    if (this.#minor === 1 && !fields.host) {
      throw new HttpParseError(400, 'HTTP_MISSING_HOST', 'A request of HTTP/1.1 needs a Host field.');
    }
    fields.checkFraming(this.#minor);
    this.#checkUpgrade();
    const contentLength = Math.max(0, fields.contentLength);
    this.#head = {
      method: this.#method,
      target: this.#target,
      minor: this.#minor,
      headers: this.headers,
      bodyKind: fields.chunked ? 'chunked' : fields.contentLength === -1 ? 'none' : 'length',
      contentLength,
      keepAlive: this.#minor === 1 ? fields.connection?.close !== true : fields.connection?.keepAlive === true,
      upgrade: fields.upgrade,
      // RFC 9110 section 10.1.1: not for HTTP/1.0, and without content there is nothing to wait for.
      expectContinue: fields.expectContinue && this.#minor === 1 && (fields.chunked || contentLength > 0),
    };
    if (fields.chunked) this.beginChunks();
    else if (contentLength > 0) {
      this.state = LENGTH_BODY;
      this.remainingBytes = contentLength;
    } else this.state = END;
  }

  /** `Connection: upgrade` alone is let through: proxies add it to every request (a usual nginx setup). */
  #checkUpgrade(): void {
    const { upgrade, connection, chunked, contentLength } = this.fields;
    if (upgrade === undefined) return;
    if (upgrade.startsWith('h2') || upgrade.startsWith('http') || upgrade.startsWith('tls')) {
      throw new HttpParseError(
        400,
        'HTTP_UPGRADE_REFUSED',
        'A change of HTTP version or to TLS is made by ALPN, not by Upgrade.',
      );
    }
    if (connection?.upgrade !== true || this.#minor === 0) {
      throw new HttpParseError(
        400,
        'HTTP_UPGRADE_WITHOUT_CONNECTION',
        'Upgrade needs HTTP/1.1 and Connection: upgrade.',
      );
    }
    if (chunked || contentLength > 0) {
      throw new HttpParseError(400, 'HTTP_UPGRADE_WITH_BODY', 'A request that asks for an upgrade has no body.');
    }
  }

  protected override deliverHead(): void {
    this.#handlers.onHead(this.#head!);
  }

  protected override deliverBody(chunk: Buffer): void {
    this.#handlers.onBody(chunk);
  }

  protected override deliverEnd(): void {
    this.state = HOLD;
    this.#handlers.onEnd(this.trailers);
  }

  protected override deliverError(error: HttpParseError): void {
    this.#handlers.onError(error);
  }
}

function tooMuchPipelined(): HttpParseError {
  return new HttpParseError(400, 'HTTP_TOO_MUCH_PIPELINED', 'Too many bytes were sent ahead of the answer.');
}
