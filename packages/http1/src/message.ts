// What the parsers deliver and the encoders take: the head of an HTTP/1.x message as its bytes said it (RFC 9112), plus
// what they mean for the connection.

/** Field lines in wire order and wire spelling; values are latin1 (one character a byte), white space around them removed. */
export type HeaderList = [name: string, value: string][];

export interface HttpLimits {
  /** All bytes of a head, start line included: 431 beyond. A user in 500 groups or a large bearer token must fit. Default 65,536. */
  maxHeadBytes: number;
  /** Field lines of a head: 431 beyond. Default 100. */
  maxHeaders: number;
  /** Bytes of a request target: 414 beyond. Default 16,384. */
  maxUriBytes: number;
}

export const DEFAULT_LIMITS: HttpLimits = { maxHeadBytes: 65_536, maxHeaders: 100, maxUriBytes: 16_384 };

export interface RequestHead {
  method: string;
  /** Origin-form as it came: starts with one slash, visible ASCII only, no `#`, no `\`. Not decoded, not normalised. */
  target: string;
  minor: 0 | 1;
  headers: HeaderList;
  bodyKind: 'none' | 'length' | 'chunked';
  /** Bytes; 0 unless bodyKind is 'length'. */
  contentLength: number;
  /** Whether the client lets the connection be used again. */
  keepAlive: boolean;
  /** Lower-cased protocol when `Connection: upgrade` and a legal `Upgrade` are both present; such a request has no body. */
  upgrade: string | undefined;
  /** The client waits for `100 Continue` before it sends its body. */
  expectContinue: boolean;
}

export interface ResponseHead {
  status: number;
  /** May be empty. */
  reason: string;
  minor: 0 | 1;
  headers: HeaderList;
  bodyKind: 'none' | 'length' | 'chunked' | 'until-close';
  /** Bytes; 0 unless bodyKind is 'length'. */
  contentLength: number;
  keepAlive: boolean;
}

export interface RequestHandlers {
  onHead(head: RequestHead): void;
  /** A view of the pushed bytes, not a copy. */
  onBody(chunk: Buffer): void;
  onEnd(trailers: HeaderList): void;
  /** Called at most once; nothing is called after it. Answer `error.status`, then close. */
  onError(error: HttpParseError): void;
}

export interface ResponseHandlers {
  /** 1xx other than 101; the response itself follows. */
  onInformational(head: ResponseHead): void;
  /** With status 101 parsing is over: `detach()` gives the bytes that follow. */
  onHead(head: ResponseHead): void;
  /** A view of the pushed bytes, not a copy. */
  onBody(chunk: Buffer): void;
  /** Not called for 101. Use the connection again only if `parser.reusable` says so. */
  onEnd(trailers: HeaderList): void;
  /** Called at most once, possibly after onEnd (bytes nobody asked for). Destroy the connection. */
  onError(error: HttpParseError): void;
}

export type HttpErrorStatus = 400 | 413 | 414 | 417 | 431 | 501 | 505;

/** A message that is refused. The message text never holds bytes of the peer. */
export class HttpParseError extends Error {
  /** What to answer to a client. For a response it only says that the upstream broke the protocol: answer 502. */
  readonly status: HttpErrorStatus;
  /** Stable, for example `HTTP_DUPLICATE_CONTENT_LENGTH`. */
  readonly code: string;

  constructor(status: HttpErrorStatus, code: string, message: string) {
    super(message);
    this.name = 'HttpParseError';
    this.status = status;
    this.code = code;
  }
}
