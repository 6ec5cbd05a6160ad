// One connection of an HTTP/1.1 client: our codec reads it, one request is answered at a time, answers leave in as few
// writes as possible. Deadlines are looked at by the listener's sweep, so that no request costs a timer.

import type { TLSSocket } from 'node:tls';
import {
  encodeChunk,
  encodeLastChunk,
  encodeResponseHead,
  type HeaderList,
  type HttpParseError,
  type RequestHandlers,
  type RequestHead,
  RequestParser,
} from '@fairlead/http1';
import { failure } from '@fairlead/kubernetes';
import type { AnswerHead, ClientExchange, Dispatch, ExchangeHandler } from './exchange.ts';
import { reasonPhrase } from './reason-phrase.ts';

/** What a connection asks of its listener. */
export interface Http1Host {
  readonly dispatch: Dispatch;
  /** bytes of a request's head: 431 beyond */
  readonly headBytes: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  /** no request is taken any more: each answer says `Connection: close` */
  readonly isDraining: boolean;
  /** monotonic, ms */
  now(): number;
  onRefused(error: HttpParseError): void;
}

/** What may still come from a client whose connection we have ended, so that it reads our answer before a reset reaches it. */
const lingerMs = 1_000;
const lingerBytes = 1_048_576;
/** An upgraded connection of which one side has ended is given up when the other then says nothing for this long. */
const halfClosedMs = 30_000;
/** Up to this size copying into one buffer is cheaper than a second write. */
const joinBytes = 16_384;

export class Http1Connection implements RequestHandlers {
  readonly socket: TLSSocket;
  readonly host: Http1Host;
  readonly remoteAddress: string;
  #parser: RequestParser;
  #exchange: Http1Exchange | undefined;
  /** no byte of the current request's body is missing */
  #isBodyWhole = true;
  /** the parser has ended the current request */
  #isParsed = false;
  #isBetweenRequests = false;
  #isLingering = false;
  #lingeredBytes = 0;
  #hasClientEnded = false;
  #isBodyWanted = true;
  #hasParserRoom = true;
  /** 0: none; what happens then follows from the state */
  #deadlineMs: number;

  constructor(socket: TLSSocket, remoteAddress: string, host: Http1Host) {
    this.socket = socket;
    this.host = host;
    this.remoteAddress = remoteAddress;
    this.#parser = new RequestParser(this, { maxHeadBytes: host.headBytes });
    this.#deadlineMs = host.now() + host.headersTimeoutMs;
    socket.on('data', (chunk: Buffer) => this.#onBytes(chunk));
    socket.on('end', () => this.#onClientEnd());
    socket.on('drain', () => this.#exchange?.drained());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#exchange?.clientGone());
  }

  get isBodyWhole(): boolean {
    return this.#isBodyWhole;
  }

  get hasClientEnded(): boolean {
    return this.#hasClientEnded;
  }

  /** Called by the sweep: ends a connection that took too long. */
  checkDeadline(nowMs: number): void {
    if (this.#deadlineMs === 0 || nowMs < this.#deadlineMs) return;
    const exchange = this.#exchange;
    if (this.#isLingering || exchange?.isRaw || exchange?.hasHead) this.socket.destroy();
    else if (exchange !== undefined) {
      exchange.clientGone();
      this.#answerAndClose(408, 'HTTP_BODY_TIMEOUT', 'The body of the request stopped coming.');
    } else if (this.#isBetweenRequests) this.#close();
    else this.socket.destroy();
  }

  #onBytes(chunk: Buffer): void {
    const exchange = this.#exchange;
    if (exchange?.isRaw) {
      if (this.#deadlineMs !== 0) this.stayAlive();
      exchange.handler?.onBody(chunk);
    } else if (this.#isLingering) {
      this.#lingeredBytes += chunk.length;
      if (this.#lingeredBytes > lingerBytes) this.socket.destroy();
    } else {
      if (this.#isBetweenRequests) {
        this.#isBetweenRequests = false;
        this.#deadlineMs = this.host.now() + this.host.headersTimeoutMs;
      }
      this.#hasParserRoom = this.#parser.push(chunk);
      if (!this.#hasParserRoom) this.#updateReading();
    }
  }

  #onClientEnd(): void {
    this.#hasClientEnded = true;
    const exchange = this.#exchange;
    if (this.#isLingering) this.socket.destroy();
    else if (exchange?.isRaw) {
      this.stayAlive();
      exchange.handler?.onBodyEnd([]);
      if (exchange.isEnded) this.socket.destroySoon();
    } else if (exchange !== undefined && this.#isBodyWhole) {
      // As Go's server reads it: a client that ends its side while it waits is gone (a killed process looks like that).
      this.socket.destroy();
    } else {
      this.#parser.finish();
      if (this.#exchange === undefined && !this.#isLingering) this.socket.end();
    }
  }

  onHead(head: RequestHead): void {
    const exchange = new Http1Exchange(this, head);
    this.#exchange = exchange;
    this.#isBetweenRequests = false;
    this.#isParsed = false;
    this.#isBodyWhole = !exchange.hasBody;
    this.#isBodyWanted = true;
    this.#deadlineMs = exchange.hasBody ? this.host.now() + this.host.bodyIdleTimeoutMs : 0;
    exchange.handler = this.host.dispatch(exchange);
  }

  onBody(chunk: Buffer): void {
    const exchange = this.#exchange;
    if (this.#isBodyWanted) this.#deadlineMs = this.host.now() + this.host.bodyIdleTimeoutMs;
    if (exchange !== undefined && !exchange.isEnded) exchange.handler?.onBody(chunk);
  }

  onEnd(trailers: HeaderList): void {
    this.#isParsed = true;
    this.#isBodyWhole = true;
    this.#deadlineMs = 0;
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (exchange.isEnded) this.#finish(exchange);
    else if (exchange.hasBody) exchange.handler?.onBodyEnd(trailers);
  }

  onError(error: HttpParseError): void {
    this.host.onRefused(error);
    const exchange = this.#exchange;
    const hasHead = exchange?.hasHead === true;
    exchange?.clientGone();
    if (hasHead) this.socket.destroy();
    else this.#answerAndClose(error.status, error.code, error.message);
  }

  /** An answer of the listener's own, with a Status body; nothing more is read as a request. */
  #answerAndClose(status: number, code: string, message: string): void {
    const body = Buffer.from(JSON.stringify(failure(status, message, { cause: code })));
    const head = encodeResponseHead(status, reasonPhrase(status), [
      ['Content-Type', 'application/json'],
      ['Content-Length', String(body.length)],
      ['Connection', 'close'],
    ]);
    this.socket.write(Buffer.concat([head, body]));
    this.#close();
  }

  /** Takes no further request; one that is being answered goes on. */
  drain(): void {
    if (this.#exchange === undefined && !this.#isLingering) this.#close();
  }

  /** The answer is whole; so may be the request. */
  answered(exchange: Http1Exchange): void {
    if (exchange.isRaw) {
      this.socket.end();
      if (this.#hasClientEnded) this.socket.destroySoon();
      else this.stayAlive();
    } else if (!this.#isBodyWhole) this.#close();
    else if (this.#isParsed) this.#finish(exchange);
  }

  #finish(exchange: Http1Exchange): void {
    this.#exchange = undefined;
    if (exchange.mustClose) {
      this.#close();
      return;
    }
    this.#isBodyWanted = true;
    this.#hasParserRoom = true;
    this.#isBetweenRequests = true;
    this.#deadlineMs = this.host.now() + this.host.idleTimeoutMs;
    this.#parser.next();
    if (this.#exchange === undefined && this.#hasClientEnded) this.socket.end();
    else this.#updateReading();
  }

  /** Ends our side, and reads a little longer: a reset for unread bytes would overtake the answer. */
  #close(): void {
    this.#exchange = undefined;
    this.#isLingering = true;
    this.#unread();
    this.#deadlineMs = this.host.now() + lingerMs;
    this.socket.end();
    this.socket.resume();
    if (this.#hasClientEnded) this.socket.destroySoon();
  }

  /** Ends parsing; undefined if the client sent more ahead than is kept. */
  #unread(): Buffer | undefined {
    try {
      return this.#parser.detach();
    } catch {
      return undefined;
    }
  }

  /** One side of an upgraded connection has ended, the other has just said something. */
  stayAlive(): void {
    this.#deadlineMs = this.host.now() + halfClosedMs;
  }

  readBody(isWanted: boolean): void {
    if (this.#isBodyWanted === isWanted) return;
    this.#isBodyWanted = isWanted;
    // While we do not read, the client cannot be slow.
    if (!this.#isBodyWhole) this.#deadlineMs = isWanted ? this.host.now() + this.host.bodyIdleTimeoutMs : 0;
    this.#updateReading();
  }

  /** From here on bytes are bytes; those that came behind the request's head are handed on first. */
  startRaw(exchange: Http1Exchange): void {
    const early = this.#unread();
    if (early === undefined) {
      exchange.abort();
      return;
    }
    this.#deadlineMs = 0;
    this.#hasParserRoom = true;
    process.nextTick(() => {
      if (early.length > 0) exchange.handler?.onBody(early);
      if (this.#hasClientEnded) exchange.handler?.onBodyEnd([]);
      this.#updateReading();
    });
  }

  #updateReading(): void {
    const mayRead = this.#isBodyWanted && this.#hasParserRoom;
    if (mayRead !== this.socket.isPaused()) return;
    if (mayRead) this.socket.resume();
    else this.socket.pause();
  }
}

class Http1Exchange implements ClientExchange {
  readonly version: '1.0' | '1.1';
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly upgrade: string | undefined;
  readonly hasBody: boolean;
  /** undefined once nothing may be told any more */
  handler: ExchangeHandler | undefined;
  hasHead = false;
  isEnded = false;
  isRaw = false;
  mustClose: boolean;
  #connection: Http1Connection;
  #awaitsContinue: boolean;
  #framing: 'none' | 'length' | 'chunked' | 'close' = 'none';
  #bytesLeft = 0;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** of the body, in #queue or in the socket, not yet told by onWritten */
  #unwrittenBytes = 0;
  #isFlushDue = false;

  constructor(connection: Http1Connection, head: RequestHead) {
    this.#connection = connection;
    this.version = head.minor === 1 ? '1.1' : '1.0';
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    this.upgrade = head.upgrade;
    this.hasBody = head.bodyKind === 'chunked' || head.contentLength > 0;
    this.mustClose = !head.keepAlive;
    this.#awaitsContinue = head.expectContinue;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  admit(): void {
    if (!this.#awaitsContinue || this.hasHead) return;
    this.#awaitsContinue = false;
    this.#connection.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
  }

  readBody(isWanted: boolean): void {
    if (!this.isEnded) this.#connection.readBody(isWanted);
  }

  informational({ status, reason, headers }: AnswerHead): void {
    if (this.version === '1.1' && !this.isEnded) this.#push(encodeResponseHead(status, reason, headers));
  }

  head({ status, reason, headers }: AnswerHead): void {
    if (this.isEnded) return;
    // An answer before the end of the body: where the next request would begin is up to the client, so there is none.
    // An upgrade that was refused: the client's bytes behind its head may be no request.
    if (!this.#connection.isBodyWhole || this.upgrade !== undefined) this.mustClose = true;
    if (this.#connection.host.isDraining) this.mustClose = true;
    const fields = this.#frame(status, headers);
    if (this.mustClose) fields.push(['Connection', 'close']);
    else if (this.version === '1.0') fields.push(['Connection', 'keep-alive']);
    const bytes = encodeResponseHead(status, reason, fields);
    this.hasHead = true;
    this.#push(bytes);
  }

  /** RFC 9112 section 6: how the end of this body will be known. */
  #frame(status: number, headers: HeaderList): HeaderList {
    let length: string | undefined;
    const fields: HeaderList = [];
    for (const field of headers) {
      const isLength = field[0].length === 14 && field[0].toLowerCase() === 'content-length';
      if (isLength) length = field[1];
      if (!isLength || status !== 204) fields.push(field);
    }
    if (this.method === 'HEAD' || status === 204 || status === 304) this.#framing = 'none';
    else if (length !== undefined) {
      this.#framing = 'length';
      this.#bytesLeft = Number(length);
    } else if (this.version === '1.1') {
      this.#framing = 'chunked';
      fields.push(['Transfer-Encoding', 'chunked']);
    } else {
      this.#framing = 'close';
      this.mustClose = true;
    }
    return fields;
  }

  write(chunk: Buffer): void {
    if (this.isEnded || chunk.length === 0) return;
    if (this.#framing === 'length' && !this.isRaw) {
      this.#bytesLeft -= chunk.length;
      if (this.#bytesLeft < 0) {
        this.abort();
        return;
      }
    }
    this.#unwrittenBytes += chunk.length;
    if (this.isRaw && this.#connection.hasClientEnded) this.#connection.stayAlive();
    if (this.#framing === 'chunked') for (const part of encodeChunk(chunk)) this.#push(part);
    else if (this.#framing !== 'none' || this.isRaw) this.#push(chunk);
  }

  end(trailers: HeaderList): void {
    if (this.isEnded) return;
    if (this.#framing === 'length' && this.#bytesLeft !== 0) {
      this.abort();
      return;
    }
    if (this.#framing === 'chunked') this.#push(encodeLastChunk(trailers));
    this.isEnded = true;
    this.#flush();
    this.#connection.answered(this);
  }

  switchProtocols({ status, reason, headers }: AnswerHead): void {
    if (this.isEnded) return;
    const bytes = encodeResponseHead(status, reason, headers);
    this.hasHead = true;
    this.isRaw = true;
    this.mustClose = true;
    this.#push(bytes);
    this.#connection.startRaw(this);
  }

  abort(): void {
    this.handler = undefined;
    this.isEnded = true;
    this.#queue = [];
    this.#connection.socket.destroy();
  }

  /** The socket has closed, or the client broke the protocol. */
  clientGone(): void {
    const { handler } = this;
    const wasWhole = this.isEnded && (!this.isRaw || this.#connection.hasClientEnded);
    this.handler = undefined;
    this.isEnded = true;
    this.#queue = [];
    if (!wasWhole) handler?.onClientGone();
  }

  drained(): void {
    if (!this.isEnded) this.#told();
  }

  #push(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(flushLater, this);
  }

  flushDue(): void {
    this.#isFlushDue = false;
    if (!this.isEnded) this.#flush();
  }

  /** All that this tick brought leaves in one write; onWritten follows when the socket has room again. */
  #flush(): void {
    const queue = this.#queue;
    if (queue.length === 0) return;
    const { socket } = this.#connection;
    this.#queue = [];
    let hasRoom = true;
    if (queue.length === 1) hasRoom = socket.write(queue[0] as Buffer);
    else if (this.#queuedBytes <= joinBytes) hasRoom = socket.write(Buffer.concat(queue, this.#queuedBytes));
    else {
      socket.cork();
      for (const bytes of queue) hasRoom = socket.write(bytes);
      socket.uncork();
    }
    this.#queuedBytes = 0;
    if (hasRoom && !this.isEnded) this.#told();
  }

  #told(): void {
    const bytes = this.#unwrittenBytes;
    if (bytes === 0) return;
    this.#unwrittenBytes = 0;
    this.handler?.onWritten(bytes);
  }
}

function flushLater(exchange: Http1Exchange): void {
  exchange.flushDue();
}
