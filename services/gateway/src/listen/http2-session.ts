// The HTTP/2 side of the public listener: node:http2's stream API, one exchange a stream. What HTTP/1.1 frames by hand is
// frames here; names, limits and refusals are the same.

import {
  constants,
  type Http2Stream,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { HeaderList } from '@fairlead/http1';
import { failure } from '@fairlead/kubernetes';
import type { AnswerHead, ClientExchange, Dispatch, ExchangeHandler } from './exchange.ts';

export interface Http2Host {
  readonly dispatch: Dispatch;
  readonly headBytes: number;
  readonly maxStreams: number;
  readonly bodyIdleTimeoutMs: number;
  now(): number;
}

/** A client that says nothing for this long is asked; without an answer within as long again it is gone. */
const pingAfterMs = 30_000;
const sessionMemoryMegabytes = 64;

export class Http2Connection {
  readonly #session: ServerHttp2Session;
  readonly #host: Http2Host;
  readonly #remoteAddress: string;
  readonly #exchanges = new Set<Http2Exchange>();
  #heardMs: number;
  #pingedMs = 0;
  #idleSinceMs: number;

  constructor(socket: TLSSocket, remoteAddress: string, host: Http2Host) {
    this.#host = host;
    this.#remoteAddress = remoteAddress;
    this.#heardMs = this.#idleSinceMs = host.now();
    const session = performServerHandshake(socket, {
      maxSessionMemory: sessionMemoryMegabytes,
      maxHeaderListPairs: 200,
      maxSettings: 32,
      // CVE-2023-44487: resets a second that a client may send, and how many at once
      streamResetBurst: 1_000,
      streamResetRate: 100,
      unknownProtocolTimeout: 10_000,
      settings: {
        maxConcurrentStreams: host.maxStreams,
        maxHeaderListSize: host.headBytes,
        initialWindowSize: 262_144,
        enablePush: false,
      },
    });
    this.#session = session;
    // The window of the whole connection: one stream's body must not stop the others (RFC 9113 section 6.9.2).
    session.once('connect', () => session.setLocalWindowSize(4_194_304));
    session.on('stream', (stream, _headers, _flags, rawHeaders) =>
      this.#onStream(stream, rawHeaders as unknown as string[]),
    );
    session.on('error', () => session.destroy());
    session.on('frameError', () => undefined);
    session.on('close', () => {
      for (const exchange of this.#exchanges) exchange.clientGone();
    });
  }

  /** Called by the sweep: asks silent clients whether they are there, and ends connections without work. */
  check(nowMs: number, idleTimeoutMs: number): void {
    const session = this.#session;
    if (session.destroyed) return;
    if (this.#exchanges.size > 0) this.#idleSinceMs = nowMs;
    else if (nowMs - this.#idleSinceMs > idleTimeoutMs) {
      session.close();
      return;
    }
    for (const exchange of this.#exchanges) exchange.checkDeadline(nowMs);
    if (this.#pingedMs !== 0) {
      if (nowMs - this.#pingedMs > pingAfterMs) session.destroy();
    } else if (nowMs - this.#heardMs > pingAfterMs) {
      this.#pingedMs = nowMs;
      session.ping((error) => {
        if (error !== null) return;
        this.#pingedMs = 0;
        this.#heardMs = this.#host.now();
      });
    }
  }

  /** GOAWAY: what is open goes on, nothing new is taken; the connection ends with its last stream. */
  drain(): void {
    if (!this.#session.closed && !this.#session.destroyed) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  #onStream(stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    this.#heardMs = this.#host.now();
    stream.on('error', () => undefined);
    const request = readHead(rawHeaders);
    if (typeof request === 'string') {
      refuse(stream, request);
      return;
    }
    const exchange = new Http2Exchange(stream, request, this.#remoteAddress, this.#host);
    this.#exchanges.add(exchange);
    stream.on('close', () => {
      this.#exchanges.delete(exchange);
      exchange.clientGone();
    });
    exchange.start(this.#host.dispatch(exchange));
  }
}

interface Http2RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
}

const plainName = /^[a-z0-9-]+$/;
const visibleTarget = /^\/[!-"$-[\]-~]*$/;
/** RFC 9113 section 8.2.2: what has no meaning in HTTP/2 makes a request malformed. */
const connectionFields = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

const singleFields = new Set(['authorization', 'content-length', 'content-type', 'expect']);

/** The request's head as an HTTP/1.1 one would say it, or why it is refused. */
export function readHead(rawHeaders: readonly string[]): Http2RequestHead | string {
  let method = '';
  let target = '';
  let authority: string | undefined;
  let host: string | undefined;
  let cookie: string | undefined;
  const headers: HeaderList = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    if (name === ':method') method = value;
    else if (name === ':path') target = value;
    else if (name === ':authority') authority = value;
    else if (name === ':scheme') continue;
    else if (name === ':protocol') return 'Extended CONNECT is not served; use HTTP/1.1 for WebSocket.';
    else if (!plainName.test(name)) return 'A field name holds something other than letters, digits and "-".';
    else if (connectionFields.has(name)) return `The field ${name} has no place in HTTP/2.`;
    else if (name === 'te' && value !== 'trailers') return 'TE may only be "trailers" in HTTP/2.';
    else if (singleFields.has(name) && headers.some(([known]) => known === name))
      return `There are two fields ${name}.`;
    else if (name === 'host') {
      if (host !== undefined) return 'There are two Host fields.';
      host = value;
    } else if (name === 'cookie') cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else headers.push([name, value]);
  }
  if (method === 'CONNECT' || method === 'TRACE') return 'CONNECT and TRACE are not served.';
  if (!visibleTarget.test(target) || target.startsWith('//'))
    return 'The request target must be a path that starts with one slash.';
  if (authority !== undefined && host !== undefined && authority !== host) return ':authority and Host differ.';
  const name = authority ?? host;
  if (name === undefined || name === '') return 'A request needs :authority or Host.';
  headers.push(['host', name]);
  if (cookie !== undefined) headers.push(['cookie', cookie]);
  return { method, target, headers };
}

function refuse(stream: ServerHttp2Stream, message: string): void {
  const body = JSON.stringify(failure(400, message, { cause: 'HTTP2_MALFORMED_REQUEST' }));
  stream.respond({ ':status': 400, 'content-type': 'application/json' });
  stream.end(body);
  stream.close(constants.NGHTTP2_NO_ERROR);
}

class Http2Exchange implements ClientExchange {
  readonly version = '2';
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly remoteAddress: string;
  readonly upgrade: undefined;
  readonly hasBody: boolean;
  readonly #host: Http2Host;
  #stream: ServerHttp2Stream;
  #handler: ExchangeHandler | undefined;
  #isDone = false;
  #isHead: boolean;
  #awaitsContinue: boolean;
  #unwrittenBytes = 0;
  #trailers: HeaderList = [];
  #mayHaveTrailers = false;
  #isBodyWanted = true;
  #isBodyWhole: boolean;
  #bytesLeft = -1;
  #bodyDeadlineMs = 0;

  constructor(stream: ServerHttp2Stream, head: Http2RequestHead, remoteAddress: string, host: Http2Host) {
    this.#stream = stream;
    this.#host = host;
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    this.remoteAddress = remoteAddress;
    this.hasBody = !stream.endAfterHeaders;
    this.#isBodyWhole = !this.hasBody;
    this.#isHead = head.method === 'HEAD';
    this.#awaitsContinue = head.headers.some(
      ([name, value]) => name === 'expect' && value.toLowerCase() === '100-continue',
    );
  }

  start(handler: ExchangeHandler): void {
    this.#handler = handler;
    const stream = this.#stream;
    if (!this.hasBody || this.#isDone) {
      stream.resume();
      return;
    }
    let trailers: HeaderList = [];
    this.#expectBody();
    stream.on('data', (chunk: Buffer) => {
      this.#expectBody();
      this.#handler?.onBody(chunk);
    });
    stream.on('trailers', (_headers, _flags, rawHeaders) => {
      trailers = pairs(rawHeaders as unknown as string[]);
    });
    stream.on('end', () => {
      this.#isBodyWhole = true;
      this.#bodyDeadlineMs = 0;
      if (!stream.aborted) this.#handler?.onBodyEnd(trailers);
    });
    if (!this.#isBodyWanted) stream.pause();
  }

  #expectBody(): void {
    this.#bodyDeadlineMs = this.#isBodyWanted ? this.#host.now() + this.#host.bodyIdleTimeoutMs : 0;
  }

  checkDeadline(nowMs: number): void {
    if (this.#bodyDeadlineMs !== 0 && nowMs > this.#bodyDeadlineMs) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  admit(): void {
    if (!this.#awaitsContinue || this.#isDone || this.#stream.headersSent) return;
    this.#awaitsContinue = false;
    this.#stream.additionalHeaders({ ':status': 100 });
  }

  readBody(isWanted: boolean): void {
    if (this.#isBodyWanted === isWanted) return;
    this.#isBodyWanted = isWanted;
    if (this.#isDone || this.#isBodyWhole) return;
    this.#expectBody();
    if (isWanted) this.#stream.resume();
    else this.#stream.pause();
  }

  informational({ status, headers }: AnswerHead): void {
    if (!this.#isDone && status !== 101) this.#stream.additionalHeaders(fieldsOf(status, headers));
  }

  head({ status, headers }: AnswerHead): void {
    if (this.#isDone) return;
    const fields = fieldsOf(status, headers);
    this.#mayHaveTrailers = fields.trailer !== undefined;
    const isBodiless = this.#isHead || status === 204 || status === 304;
    const length = fields['content-length'];
    if (!isBodiless && typeof length === 'string') this.#bytesLeft = Number(length);
    this.#stream.respond(fields, { sendDate: false, waitForTrailers: this.#mayHaveTrailers } as Parameters<
      ServerHttp2Stream['respond']
    >[1]);
    this.#stream.on('drain', () => this.#told());
    if (this.#mayHaveTrailers) {
      this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(fieldsOf(undefined, this.#trailers)));
    }
  }

  write(chunk: Buffer): void {
    if (this.#isDone || chunk.length === 0) return;
    if (this.#bytesLeft >= 0) {
      if (chunk.length > this.#bytesLeft) {
        this.abort();
        return;
      }
      this.#bytesLeft -= chunk.length;
    }
    this.#unwrittenBytes += chunk.length;
    // Told later, also when there is room: the caller may be in the middle of its own work.
    if (this.#stream.write(chunk)) process.nextTick(toldLater, this);
  }

  end(trailers: HeaderList): void {
    if (this.#isDone) return;
    if (this.#bytesLeft > 0) {
      this.abort();
      return;
    }
    this.#trailers = trailers;
    this.#isDone = true;
    this.#handler = undefined;
    this.#stream.end();
    // RFC 9113 section 8.1: whoever has answered without the rest of the body says so and is not to be sent it.
    if (!this.#isBodyWhole) {
      this.#stream.resume();
      this.#stream.once('finish', () => this.#stream.close(constants.NGHTTP2_NO_ERROR));
    }
  }

  switchProtocols(): void {
    this.abort();
  }

  abort(): void {
    this.#isDone = true;
    this.#handler = undefined;
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  clientGone(): void {
    const handler = this.#handler;
    const wasDone = this.#isDone;
    this.#isDone = true;
    this.#handler = undefined;
    if (!wasDone) handler?.onClientGone();
  }

  told(): void {
    this.#told();
  }

  #told(): void {
    const bytes = this.#unwrittenBytes;
    if (bytes === 0 || this.#isDone || this.#stream.writableNeedDrain) return;
    this.#unwrittenBytes = 0;
    this.#handler?.onWritten(bytes);
  }
}

function toldLater(exchange: Http2Exchange): void {
  exchange.told();
}

type Fields = Record<string, string | string[] | number>;

/** Names in lower case, several fields of a name as they came. */
function fieldsOf(status: number | undefined, headers: HeaderList): Fields {
  const fields: Fields = Object.create(null);
  if (status !== undefined) fields[':status'] = status;
  for (const [rawName, value] of headers) {
    const name = rawName.toLowerCase();
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [String(before), value];
  }
  return fields;
}

function pairs(raw: readonly string[]): HeaderList {
  const list: HeaderList = [];
  for (let i = 0; i < raw.length; i += 2) list.push([raw[i] as string, raw[i + 1] as string]);
  return list;
}

export type { Http2Stream };
