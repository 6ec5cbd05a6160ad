import type { HeaderList } from '@fairlead/http1';

/** The head of an answer, whoever made it. Framing fields are the exchange's own business. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderList;
}

/**
 * One request of a client and the answer to it, whatever the HTTP version. Its methods never call the handler before they return.
 *
 * The answer is `head`, any number of `write`, `end`; or `switchProtocols`, after which both directions are raw bytes; or `abort` at any time.
 */
export interface ClientExchange {
  readonly version: '1.0' | '1.1' | '2';
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  /** of the peer's socket; no header is ever believed */
  readonly remoteAddress: string;
  /** lower-cased protocol that the client asks for */
  readonly upgrade: string | undefined;
  readonly hasBody: boolean;
  /** The request is wanted: a client that waits for `100 Continue` gets it. */
  admit(): void;
  /** False: the client is not read until resumed; what is under way still comes. */
  readBody(isWanted: boolean): void;
  informational(head: AnswerHead): void;
  /** Throws, and nothing has been said, when the head cannot be written as HTTP. So does switchProtocols. */
  head(head: AnswerHead): void;
  write(chunk: Buffer): void;
  /** A request whose body has not come whole by now has its connection closed (HTTP/1.1) or its stream reset (HTTP/2). */
  end(trailers: HeaderList): void;
  /** 101 with the fields given; the client's bytes behind its request come as onBody. */
  switchProtocols(head: AnswerHead): void;
  /** The client must see that the answer is not whole: the connection is destroyed (HTTP/1.1), the stream reset (HTTP/2). */
  abort(): void;
}

/** What the exchange tells whoever answers it. Nothing is called after end(), abort() or onClientGone. */
export interface ExchangeHandler {
  onBody(chunk: Buffer): void;
  onBodyEnd(trailers: HeaderList): void;
  /** so many bytes given to write() have left for the client: its socket takes more */
  onWritten(bytes: number): void;
  onClientGone(): void;
}

/** Answers an exchange; its first calls may come before this returns. */
export type Dispatch = (exchange: ClientExchange) => ExchangeHandler;
