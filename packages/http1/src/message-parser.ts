// What requests and responses have in common: lines, fields, bodies, chunks and trailers, as one state machine over pushed
// bytes. Lines are judged one after the other in the order of the wire, so that the outcome never depends on the packets.

import { areCleanLines, isFieldText, isPlainName, isToken } from './characters.ts';
import { FramingFields, isRefusedTrailer } from './framing-fields.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { type HeaderList, type HttpLimits, HttpParseError } from './message.ts';

/** Between messages; what comes belongs to nobody and is an error (responses). */
export const IDLE = 0;
/** Between messages; what comes is kept unread (requests, and both after an upgrade). */
export const HOLD = 1;
export const START_LINE = 2;
const FIELDS = 3;
export const LENGTH_BODY = 4;
export const CHUNK_SIZE = 5;
const CHUNK_SIZE_LF = 6;
const CHUNK_DATA = 7;
const CHUNK_DATA_CR = 8;
const CHUNK_DATA_LF = 9;
const TRAILERS = 10;
export const CLOSE_BODY = 11;
export const END = 12;
export const DEAD = 13;

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const CRLF_CRLF = Buffer.from('\r\n\r\n', 'latin1');
const EMPTY = Buffer.alloc(0);

/** A pushed chunk up to this size is turned into text whole; of a longer one only the head, so that bodies stay bytes. */
const WHOLE_TEXT_BYTES = 4096;
const MAX_TRAILER_BYTES = 8192;
const MAX_TRAILERS = 32;
const MAX_CHUNK_SIZE_DIGITS = 16;

export abstract class MessageParser {
  protected state: number;
  protected fields = new FramingFields();
  protected headers: HeaderList = [];
  protected trailers: HeaderList = [];
  /** Bytes of a 'length' body still to come. */
  protected remainingBytes = 0;
  protected readonly limits: HttpLimits;

  #chunk: Buffer = EMPTY;
  #position = 0;
  readonly #held = new GrowingBuffer();
  readonly #partialLine = new GrowingBuffer();
  /** Bytes of the complete lines of this head or trailer section. */
  #sectionBytes = 0;
  #sizeDigits = 0;
  #running = false;
  readonly #strictNames: boolean;

  constructor(state: number, limits: HttpLimits, strictNames: boolean) {
    this.state = state;
    this.limits = limits;
    this.#strictNames = strictNames;
  }

  /** Takes the start line `text[start, end)`; throws HttpParseError. An empty line returns false if it may be skipped. */
  protected abstract readStartLine(text: string, start: number, end: number): boolean;
  /** Whether a start line of this many bytes is too long by itself; Infinity for no such limit. */
  protected abstract readonly maxStartLineBytes: number;
  protected abstract noteField(name: string, value: string): void;
  /** The head is complete: judges it (throws HttpParseError) and sets the state of its body. */
  protected abstract finishHead(): void;
  protected abstract deliverHead(): void;
  protected abstract deliverBody(chunk: Buffer): void;
  /** Sets the state between messages, then tells the handler. */
  protected abstract deliverEnd(): void;
  protected abstract deliverError(error: HttpParseError): void;

  protected get unreadBytes(): number {
    return this.#chunk.length - this.#position + this.#held.length;
  }

  /** Whether nothing of a message has come yet. */
  protected get isAtStart(): boolean {
    return this.state === START_LINE && this.#partialLine.length === 0;
  }

  protected feed(chunk: Buffer): void {
    if (this.#running) throw new Error('push() was called by a handler of the same parser.');
    this.#chunk = chunk;
    this.#position = 0;
    this.run();
  }

  /** Keeps bytes for later, behind those already unread. */
  protected hold(chunk: Buffer): void {
    this.#held.append(chunk, 0, chunk.length);
  }

  protected beginMessage(): void {
    this.state = START_LINE;
    this.fields = new FramingFields();
    this.headers = [];
    this.trailers = [];
    this.#sectionBytes = 0;
  }

  protected beginChunks(): void {
    this.state = CHUNK_SIZE;
    this.remainingBytes = 0;
    this.#sizeDigits = 0;
  }

  /** Works until bytes are missing; a call from inside a handler is taken up by the loop that called the handler. */
  protected run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#step() || this.#refill()) {
        // Each step takes what one state can take.
      }
    } finally {
      this.#running = false;
    }
  }

  protected fail(error: HttpParseError): void {
    this.discard();
    this.deliverError(error);
  }

  /** Ends parsing without a word; returns what was not read. */
  protected discard(): Buffer {
    const unread = this.#chunk.subarray(this.#position);
    const held = this.#held.take();
    this.state = DEAD;
    this.#chunk = EMPTY;
    this.#position = 0;
    this.#partialLine.take();
    return held.length === 0 ? unread : Buffer.concat([unread, held]);
  }

  #refill(): boolean {
    if (this.state === HOLD || this.state === DEAD || this.#held.length === 0) return false;
    this.#chunk = this.#held.take();
    this.#position = 0;
    return true;
  }

  /** False if it cannot go on: bytes are missing, or the state takes none. */
  #step(): boolean {
    switch (this.state) {
      case IDLE:
        if (this.#position === this.#chunk.length) return false;
        this.fail(new HttpParseError(400, 'HTTP_UNSOLICITED_BYTES', 'Bytes came that belong to no request.'));
        return false;
      case START_LINE:
      case FIELDS:
      case TRAILERS:
        return this.#guarded(this.#stepLines);
      case CHUNK_SIZE:
      case CHUNK_SIZE_LF:
      case CHUNK_DATA_CR:
      case CHUNK_DATA_LF:
        return this.#guarded(this.#stepChunkFrame);
      case LENGTH_BODY:
      case CHUNK_DATA:
        return this.#stepBody();
      case CLOSE_BODY: {
        if (this.#position === this.#chunk.length) return false;
        const body = this.#chunk.subarray(this.#position);
        this.#position = this.#chunk.length;
        this.deliverBody(body);
        return true;
      }
      case END:
        this.deliverEnd();
        return true;
      default:
        return false;
    }
  }

  /** Turns a refusal into onError; what a handler throws must not pass here. */
  #guarded(step: () => boolean): boolean {
    const before = this.state;
    let isComplete: boolean;
    try {
      isComplete = step.call(this);
    } catch (error) {
      if (!(error instanceof HttpParseError)) throw error;
      this.fail(error);
      return false;
    }
    if (isComplete && before <= FIELDS) this.deliverHead();
    return isComplete;
  }

  /** True when the empty line that ends the head or the trailers has been read. */
  #stepLines(): boolean {
    while (this.#position < this.#chunk.length) {
      const isComplete = this.#partialLine.length > 0 ? this.#completeLine() : this.#readLines();
      if (!isComplete) continue;
      if (this.state === TRAILERS) this.state = END;
      else this.finishHead();
      return true;
    }
    return false;
  }

  /** Joins the rest of a line with the beginning that came before; true when it ends its section. */
  #completeLine(): boolean {
    const lf = this.#chunk.indexOf(LF, this.#position);
    const stop = lf === -1 ? this.#chunk.length : lf + 1;
    this.#checkLength(this.#partialLine.length + stop - this.#position);
    this.#partialLine.append(this.#chunk, this.#position, stop);
    this.#position = stop;
    if (lf === -1) return false;
    const line = this.#partialLine.take();
    const text = line.toString('latin1');
    return this.#readLine(text, 0, text.length - 1, areCleanLines(text));
  }

  /** Reads the whole lines of the chunk and keeps the beginning of the next one; true when a line ends its section. */
  #readLines(): boolean {
    const chunk = this.#chunk;
    const start = this.#position;
    let stop = chunk.length;
    if (stop - start > WHOLE_TEXT_BYTES) {
      const headEnd = chunk.indexOf(CRLF_CRLF, start);
      if (headEnd !== -1) stop = headEnd + CRLF_CRLF.length;
    }
    const text = chunk.toString('latin1', start, stop);
    const isClean = areCleanLines(text);
    let lineStart = 0;
    for (;;) {
      const lf = text.indexOf('\n', lineStart);
      if (lf === -1) break;
      this.#checkLength(lf + 1 - lineStart);
      const isComplete = this.#readLine(text, lineStart, lf, isClean);
      lineStart = lf + 1;
      if (isComplete) {
        this.#position = start + lineStart;
        return true;
      }
    }
    if (lineStart < text.length) {
      this.#checkLength(text.length - lineStart);
      this.#partialLine.append(chunk, start + lineStart, stop);
    }
    this.#position = stop;
    return false;
  }

  /** Refuses a line, complete or not, by the limit that it meets first. */
  #checkLength(lineBytes: number): void {
    const isTrailer = this.state === TRAILERS;
    const left = (isTrailer ? MAX_TRAILER_BYTES : this.limits.maxHeadBytes) - this.#sectionBytes;
    if (this.state === START_LINE && this.maxStartLineBytes < left) {
      if (lineBytes > this.maxStartLineBytes) throw uriTooLong();
    } else if (lineBytes > left) {
      throw new HttpParseError(
        431,
        isTrailer ? 'HTTP_TRAILERS_TOO_LARGE' : 'HTTP_HEAD_TOO_LARGE',
        `The ${isTrailer ? 'trailers are' : 'head is'} larger than ${isTrailer ? MAX_TRAILER_BYTES : this.limits.maxHeadBytes} bytes.`,
      );
    }
  }

  /** Judges the line `text[start, lf]`; true when it is the empty line after fields. */
  #readLine(text: string, start: number, lf: number, isClean: boolean): boolean {
    this.#sectionBytes += lf + 1 - start;
    const cr = lf - 1;
    if (cr < start || text.charCodeAt(cr) !== CR) {
      throw new HttpParseError(400, 'HTTP_BARE_LF', 'A line ends in LF without CR.');
    }
    if (text.indexOf('\r', start) !== cr) {
      throw new HttpParseError(400, 'HTTP_BARE_CR', 'A line holds a CR that is not followed by LF.');
    }
    if (this.state === START_LINE) {
      if (this.readStartLine(text, start, cr)) this.state = FIELDS;
      return false;
    }
    if (cr === start) return true;
    this.#readField(text, start, cr, isClean);
    return false;
  }

  #readField(text: string, start: number, end: number, isClean: boolean): void {
    const first = text.charCodeAt(start);
    if (first === SPACE || first === TAB) {
      throw new HttpParseError(400, 'HTTP_OBS_FOLD', 'A field line starts with white space.');
    }
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon > end) {
      throw new HttpParseError(400, 'HTTP_FIELD_WITHOUT_COLON', 'A field line has no colon.');
    }
    const name = text.slice(start, colon);
    if (!(this.#strictNames ? isPlainName(name) : isToken(name))) {
      throw new HttpParseError(
        400,
        'HTTP_INVALID_FIELD_NAME',
        this.#strictNames
          ? 'A field name is empty or holds something other than letters, digits and "-".'
          : 'A field name is not a token.',
      );
    }
    let from = colon + 1;
    let to = end;
    while (from < to && isSpaceOrTab(text.charCodeAt(from))) from += 1;
    while (to > from && isSpaceOrTab(text.charCodeAt(to - 1))) to -= 1;
    const value = text.slice(from, to);
    if (!isClean && !isFieldText(value)) {
      throw new HttpParseError(400, 'HTTP_INVALID_FIELD_VALUE', 'A field value holds a control byte.');
    }
    if (this.state === TRAILERS) this.#addTrailer(name, value);
    else this.#addHeader(name, value);
  }

  #addHeader(name: string, value: string): void {
    if (this.headers.length === this.limits.maxHeaders) {
      throw new HttpParseError(431, 'HTTP_TOO_MANY_FIELDS', `The head has more than ${this.limits.maxHeaders} fields.`);
    }
    this.noteField(name, value);
    this.headers.push([name, value]);
  }

  #addTrailer(name: string, value: string): void {
    if (this.trailers.length === MAX_TRAILERS) {
      throw new HttpParseError(431, 'HTTP_TOO_MANY_FIELDS', `The body has more than ${MAX_TRAILERS} trailers.`);
    }
    if (isRefusedTrailer(name)) {
      throw new HttpParseError(
        400,
        'HTTP_REFUSED_TRAILER',
        'A trailer bears the name of a field that frames, routes, authenticates or describes content.',
      );
    }
    this.trailers.push([name, value]);
  }

  #stepBody(): boolean {
    const available = this.#chunk.length - this.#position;
    if (available === 0) return false;
    const length = Math.min(available, this.remainingBytes);
    const body = this.#chunk.subarray(this.#position, this.#position + length);
    this.#position += length;
    this.remainingBytes -= length;
    if (this.remainingBytes === 0) this.state = this.state === LENGTH_BODY ? END : CHUNK_DATA_CR;
    this.deliverBody(body);
    return true;
  }

  /** The bytes around chunk data, one at a time: there are few of them. True when the state has moved on. */
  #stepChunkFrame(): boolean {
    const chunk = this.#chunk;
    while (this.#position < chunk.length) {
      const byte = chunk[this.#position]!;
      this.#position += 1;
      switch (this.state) {
        case CHUNK_SIZE:
          this.#readSizeByte(byte);
          break;
        case CHUNK_SIZE_LF:
          if (byte !== LF) throw badChunkSize();
          this.#sectionBytes = 0;
          this.state = this.remainingBytes === 0 ? TRAILERS : CHUNK_DATA;
          return true;
        case CHUNK_DATA_CR:
          if (byte !== CR) throw badChunkEnd();
          this.state = CHUNK_DATA_LF;
          break;
        default:
          if (byte !== LF) throw badChunkEnd();
          this.beginChunks();
      }
    }
    return false;
  }

  #readSizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit === -1) {
      if (byte !== CR || this.#sizeDigits === 0) throw badChunkSize();
      this.state = CHUNK_SIZE_LF;
      return;
    }
    this.#sizeDigits += 1;
    if (this.#sizeDigits > MAX_CHUNK_SIZE_DIGITS) throw badChunkSize();
    this.remainingBytes = this.remainingBytes * 16 + digit;
    if (this.remainingBytes > Number.MAX_SAFE_INTEGER) {
      throw new HttpParseError(413, 'HTTP_CHUNK_TOO_LARGE', 'A chunk has 2^53 bytes or more.');
    }
  }
}

export function uriTooLong(): HttpParseError {
  return new HttpParseError(414, 'HTTP_URI_TOO_LONG', 'The request target is too long.');
}

function isSpaceOrTab(code: number): boolean {
  return code === SPACE || code === TAB;
}

function badChunkSize(): HttpParseError {
  return new HttpParseError(400, 'HTTP_INVALID_CHUNK_SIZE', 'A chunk size is not 1 to 16 hexadecimal digits and CRLF.');
}

function badChunkEnd(): HttpParseError {
  return new HttpParseError(400, 'HTTP_INVALID_CHUNK_END', 'Chunk data is not followed by CRLF.');
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
