import { isFieldText } from './characters.ts';
import {
  DEFAULT_LIMITS,
  type HttpLimits,
  HttpParseError,
  type ResponseHandlers,
  type ResponseHead,
} from './message.ts';
import { CLOSE_BODY, DEAD, END, HOLD, IDLE, LENGTH_BODY, MessageParser } from './message-parser.ts';

const MAX_INFORMATIONAL = 16;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: |$)/;

/**
 * Reads the responses of one upstream connection, one for each `expect()`. Bytes that no request asked for are an error
 * (HTTP_UNSOLICITED_BYTES): one user's response must never reach another (CVE-2026-48931 and its like).
 */
export class ResponseParser extends MessageParser {
  protected override readonly maxStartLineBytes = Number.POSITIVE_INFINITY;
  readonly #handlers: ResponseHandlers;
  #head: ResponseHead | undefined;
  #method = '';
  #maySwitch = false;
  #informational = 0;
  #keepAlive = true;
  #status = 0;
  #reason = '';
  #minor: 0 | 1 = 1;

  constructor(handlers: ResponseHandlers, limits: Partial<HttpLimits> = {}) {
    super(IDLE, { ...DEFAULT_LIMITS, ...limits }, false);
    this.#handlers = handlers;
  }

  /**
   * A request with this method goes out now. `upgrade`: it asks for one, so that 101 is a legal answer.
   * Throws unless `reusable`: a response is under way, or bytes came that nobody asked for.
   */
  expect(method: string, options: { upgrade?: boolean } = {}): void {
    if (!this.reusable) throw new Error('expect() on a connection that cannot take another request.');
    this.#method = method;
    this.#maySwitch = options.upgrade === true;
    this.#informational = 0;
    this.beginMessage();
  }

  /** True if no response is under way, the last one allows another, and nothing came after it. */
  get reusable(): boolean {
    return this.state === IDLE && this.#keepAlive && this.unreadBytes === 0;
  }

  /** Calls the handlers for what the bytes hold. The chunk must not be written to afterwards. */
  push(chunk: Buffer): void {
    if (this.state === HOLD) this.hold(chunk);
    else if (this.state !== DEAD) this.feed(chunk);
  }

  /** Ends parsing, after 101 or at any time; no handler is called again. Returns the bytes that were pushed and not read. */
  detach(): Buffer {
    return this.discard();
  }

  /**
   * The peer has ended its side. Ends an until-close body (onEnd). 'truncated' if a response was awaited or under way, or
   * had been refused; its handlers hear nothing more.
   */
  finish(): 'complete' | 'truncated' {
    const before = this.state;
    this.discard();
    if (before === CLOSE_BODY) this.#handlers.onEnd([]);
    return before === IDLE || before === HOLD || before === CLOSE_BODY ? 'complete' : 'truncated';
  }

  protected override readStartLine(text: string, start: number, end: number): boolean {
    const line = text.slice(start, end);
    const match = STATUS_LINE.exec(line);
    if (match === null) {
      throw new HttpParseError(
        400,
        'HTTP_INVALID_STATUS_LINE',
        'The status line is not a version, a status and a reason.',
      );
    }
    this.#minor = match[1] === '1' ? 1 : 0;
    this.#status = Number(match[2]);
    this.#reason = line.slice(match[0].length);
    if (!isFieldText(this.#reason)) {
      throw new HttpParseError(400, 'HTTP_INVALID_STATUS_LINE', 'The reason phrase holds a control byte.');
    }
    return true;
  }

  protected override noteField(name: string, value: string): void {
    this.fields.noteOfResponse(name, value);
  }

  protected override finishHead(): void {
    const fields = this.fields;
    fields.checkFraming(this.#minor);
    const bodyKind = this.#bodyKind();
    const isSwitch = this.#isSwitch();
    if (isSwitch) this.#checkSwitch();
    const persists = this.#minor === 1 ? fields.connection?.close !== true : fields.connection?.keepAlive === true;
    this.#keepAlive = persists && bodyKind !== 'until-close' && !isSwitch;
    this.#head = {
      status: this.#status,
      reason: this.#reason,
      minor: this.#minor,
      headers: this.headers,
      bodyKind,
      contentLength: bodyKind === 'length' ? fields.contentLength : 0,
      keepAlive: this.#keepAlive,
    };
    if (isSwitch) this.state = HOLD;
    else if (this.#status < 200) this.#skipInformational();
    else if (bodyKind === 'chunked') this.beginChunks();
    else if (bodyKind === 'until-close') this.state = CLOSE_BODY;
    else if (bodyKind === 'length' && fields.contentLength > 0) {
      this.state = LENGTH_BODY;
      this.remainingBytes = fields.contentLength;
    } else this.state = END;
  }

  #skipInformational(): void {
    this.#informational += 1;
    if (this.#informational > MAX_INFORMATIONAL) {
      throw new HttpParseError(
        400,
        'HTTP_TOO_MANY_INFORMATIONAL',
        `More than ${MAX_INFORMATIONAL} informational responses came.`,
      );
    }
    this.beginMessage();
  }

  /** RFC 9112 section 6.3. */
  #bodyKind(): ResponseHead['bodyKind'] {
    const { chunked, contentLength } = this.fields;
    if (this.#status < 200 || this.#status === 204) {
      // Neither may have framing fields (RFC 9112 section 6.1, RFC 9110 section 8.6); a reader that believed them would wait
      // for content or take the next response for it.
      if (chunked || contentLength > 0) {
        throw new HttpParseError(400, 'HTTP_BODY_NOT_ALLOWED', `A response ${this.#status} announces a body.`);
      }
      return 'none';
    }
    if (this.#method === 'HEAD' || this.#status === 304 || this.#isSwitch()) return 'none';
    if (chunked) return 'chunked';
    return contentLength === -1 ? 'until-close' : 'length';
  }

  #isSwitch(): boolean {
    return this.#status === 101 || (this.#method === 'CONNECT' && this.#status >= 200 && this.#status < 300);
  }

  #checkSwitch(): void {
    if (this.#status !== 101) return;
    if (!this.#maySwitch || this.fields.upgrade === undefined || this.fields.connection?.upgrade !== true) {
      throw new HttpParseError(
        400,
        'HTTP_INVALID_SWITCH',
        'A response 101 came without a request for it, or without Connection: upgrade and Upgrade.',
      );
    }
  }

  protected override deliverHead(): void {
    const head = this.#head!;
    if (head.status < 200 && head.status !== 101) this.#handlers.onInformational(head);
    else this.#handlers.onHead(head);
  }

  protected override deliverBody(chunk: Buffer): void {
    this.#handlers.onBody(chunk);
  }

  protected override deliverEnd(): void {
    this.state = IDLE;
    this.#head = undefined;
    this.#handlers.onEnd(this.trailers);
  }

  protected override deliverError(error: HttpParseError): void {
    this.#handlers.onError(error);
  }
}
