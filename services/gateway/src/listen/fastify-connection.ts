// Hands an exchange to Fastify's server as if it were a connection (docs/decisions/0006): what node:http reads is what our
// codec wrote, so the two cannot disagree about a request. The verified address of the client is the Duplex's own.

import type { Server } from 'node:http';
import { Duplex } from 'node:stream';
import { encodeChunk, encodeLastChunk, encodeRequestHead, type HeaderList, ResponseParser } from '@fairlead/http1';
import type { ClientExchange, ExchangeHandler } from './exchange.ts';

/** `server` is Fastify's, after ready(); it need not listen. */
export function fastifyConnection(server: Server, exchange: ClientExchange): ExchangeHandler {
  const connection = new FastifyConnection(exchange);
  server.emit('connection', connection);
  connection.start();
  return connection.handler;
}

class FastifyConnection extends Duplex {
  /** read by node:http and Fastify as a socket's */
  readonly remoteAddress: string;
  readonly encrypted = true;
  readonly handler: ExchangeHandler;
  readonly #exchange: ClientExchange;
  readonly #isChunked: boolean;
  readonly #answer: ResponseParser;
  /** of the answer, given to the exchange and not yet taken by the client */
  #unwrittenBytes = 0;
  #resumeWriting: (() => void) | undefined;
  #isOver = false;

  constructor(exchange: ClientExchange) {
    super({ allowHalfOpen: true });
    this.#exchange = exchange;
    this.remoteAddress = exchange.remoteAddress;
    this.#isChunked = exchange.hasBody && !exchange.headers.some(([name]) => name.toLowerCase() === 'content-length');
    this.on('error', () => undefined);
    this.handler = {
      onBody: (chunk) => this.#sendBody(this.#isChunked ? encodeChunk(chunk) : [chunk]),
      onBodyEnd: () => this.#sendBody(this.#isChunked ? [encodeLastChunk([])] : []),
      onWritten: (bytes) => this.#onWritten(bytes),
      onClientGone: () => {
        this.#isOver = true;
        this.destroy();
      },
    };
    this.#answer = new ResponseParser({
      onInformational: () => undefined,
      onHead: ({ status, reason, headers }) =>
        exchange.head({
          status,
          reason,
          headers: headers.filter(([name]) => !connectionFields.has(name.toLowerCase())),
        }),
      onBody: (chunk) => {
        this.#unwrittenBytes += chunk.length;
        exchange.write(chunk);
      },
      onEnd: (trailers) => {
        this.#isOver = true;
        exchange.end(trailers);
      },
      onError: () => this.destroy(),
    });
  }

  start(): void {
    const { method, target, headers } = this.#exchange;
    this.#answer.expect(method);
    this.#exchange.admit();
    this.push(encodeRequestHead(method, target, innerHeaders(headers, this.#isChunked)));
  }

  #sendBody(parts: Buffer[]): void {
    let hasRoom = true;
    for (const part of parts) hasRoom = this.push(part);
    if (!hasRoom) this.#exchange.readBody(false);
  }

  #onWritten(bytes: number): void {
    this.#unwrittenBytes -= bytes;
    const resume = this.#resumeWriting;
    if (this.#unwrittenBytes > 0 || resume === undefined) return;
    this.#resumeWriting = undefined;
    resume();
  }

  override _read(): void {
    if (!this.#isOver) this.#exchange.readBody(true);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#answer.push(chunk);
    // The next piece is taken when the client has taken this one.
    if (this.#unwrittenBytes === 0 || this.#isOver) done();
    else this.#resumeWriting = done;
  }

  /** node:http has answered and ends the connection, as the request asked. */
  override _final(done: () => void): void {
    this.#answer.finish();
    done();
    this.destroy();
  }

  override _destroy(_error: Error | null, done: (error: null) => void): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#exchange.abort();
    }
    done(null);
  }

  // node:http sets these on what it takes for a socket
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}

const connectionFields = new Set(['connection', 'keep-alive', 'transfer-encoding']);
/** What frames the client's own connection, or claims to say who the client is; all else goes to Fastify as it came. */
const outerFields = new Set([
  ...connectionFields,
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'forwarded',
  'x-real-ip',
]);

function innerHeaders(headers: HeaderList, isChunked: boolean): HeaderList {
  const inner = headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !outerFields.has(lower) && !lower.startsWith('x-forwarded-') && !lower.startsWith('x-fairlead-');
  });
  if (isChunked) inner.push(['Transfer-Encoding', 'chunked']);
  inner.push(['Connection', 'close']);
  return inner;
}
