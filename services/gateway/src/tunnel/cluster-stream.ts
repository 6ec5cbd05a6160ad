// One request to a cluster, whichever agent and session it takes. Until something has come back, what was sent is kept, and what was certainly
// not delivered is sent again: with the credential, by a new session, or to another agent, all within two seconds.

import type { HeaderList } from '@fairlead/http1';
import type { Principal } from '@fairlead/identity';
import type {
  RequestFrameHead,
  ResetCode,
  ResetReason,
  ResponseFrameHead,
  StreamHandlers,
  TunnelStream,
} from '@fairlead/wire';

/** Why a stream ended without its answer: the wire's reasons, and that there is no stub to send anything to. */
export interface StreamFailure {
  readonly code: ResetCode | 'STUB_AWAY';
  readonly message: string;
  /** false: certainly not delivered */
  readonly delivered: boolean;
}

export interface ClusterStreamHandlers {
  onHead(head: ResponseFrameHead): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: HeaderList): void;
  onFailure(failure: StreamFailure): void;
  /** write() may go on */
  onDrain(): void;
}

export interface ClusterRequest {
  readonly clusterId: string;
  readonly principal: Principal;
  readonly head: RequestFrameHead;
  /** body bytes that are here already */
  readonly body: Buffer | undefined;
  /** there is no more body than that */
  readonly isWhole: boolean;
}

/** Where a request can be sent at this moment. */
export interface Route {
  /** agent instance at the other end */
  readonly instance: string;
  open(
    request: ClusterRequest & { readonly withCredential: boolean },
    handlers: StreamHandlers<ResponseFrameHead>,
  ): TunnelStream;
  /** no further stream takes it */
  retire(): void;
}

export interface Routes {
  /** At once when a session is up. Rejects with a StreamFailure as its value. `exceptInstances` have just failed. */
  route(clusterId: string, exceptInstances: ReadonlySet<string>): Route | Promise<Route>;
  /** monotonic, ms */
  now(): number;
}

const retryWithinMs = 2_000;
const maxAttempts = 4;
/** The wire's first window: more than this cannot have left before the agent has said something. */
const replayBytesMax = 262_144;
const noInstances: ReadonlySet<string> = new Set();

export class ClusterStream implements StreamHandlers<ResponseFrameHead> {
  readonly #routes: Routes;
  #request: ClusterRequest | undefined;
  readonly #handlers: ClusterStreamHandlers;
  readonly #startedMs: number;
  #route: Route | undefined;
  #stream: TunnelStream | undefined;
  #attempts = 0;
  #withCredential = false;
  #failedInstances: Set<string> | undefined;
  /** body chunks sent or to be sent beyond request.body; undefined once the agent has said something or they became too many */
  #replay: Buffer[] | undefined = [];
  #replayBytes = 0;
  #hasEnded: boolean;
  #hasHead = false;
  #hasAnswerEnded = false;
  #isOver = false;
  #lastInstance = '';

  constructor(routes: Routes, request: ClusterRequest, handlers: ClusterStreamHandlers) {
    this.#routes = routes;
    this.#request = request;
    this.#handlers = handlers;
    this.#startedMs = routes.now();
    this.#hasEnded = request.isWhole;
    this.#replayBytes = request.body?.length ?? 0;
  }

  /** The agent instance that has, or last had, the request; '' before there was one. */
  get instance(): string {
    return this.#lastInstance;
  }

  /** Sends the request. Handlers may be called before it returns only if the tunnel answers in the same tick. */
  start(): void {
    const { clusterId } = this.#request as ClusterRequest;
    const route = this.#routes.route(clusterId, this.#failedInstances ?? noInstances);
    if (route instanceof Promise) {
      route.then(
        (found) => this.#openOn(found),
        (failure: StreamFailure) => this.#fail(failure),
      );
    } else this.#openOn(route);
  }

  /** False: stop until onDrain. */
  write(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#keep(chunk);
    if (this.#stream !== undefined) return this.#stream.write(chunk);
    return this.#replayBytes < replayBytesMax;
  }

  end(): void {
    if (this.#isOver || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stream?.end();
    if (this.#hasAnswerEnded) this.#finish();
  }

  /** So many bytes given to onData have left for good. */
  consumed(bytes: number): void {
    if (!this.#isOver) this.#stream?.consumed(bytes);
  }

  /** Gives it up; no handler is called again. */
  cancel(message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.reset('CANCELLED', message);
    this.#release();
  }

  onAccept(): void {
    this.#commit();
  }

  onHead(head: ResponseFrameHead): void {
    if (this.#isOver) return;
    this.#commit();
    this.#hasHead = true;
    this.#handlers.onHead(head);
  }

  onData(chunk: Buffer): void {
    if (!this.#isOver) this.#handlers.onData(chunk);
  }

  onEnd(trailers: HeaderList): void {
    if (this.#isOver) return;
    // An upgraded stream goes on in the other direction.
    this.#hasAnswerEnded = true;
    if (this.#hasEnded) this.#finish();
    this.#handlers.onEnd(trailers);
  }

  onDrain(): void {
    if (this.#isOver) return;
    this.#commit();
    this.#handlers.onDrain();
  }

  onReset(reason: ResetReason): void {
    if (this.#isOver) return;
    const route = this.#route;
    this.#stream = undefined;
    this.#route = undefined;
    if (unusable.has(reason.code)) route?.retire();
    if (this.#mayRetry(reason)) this.#retry(reason.code, route);
    else this.#fail(reason);
  }

  /** The agent has the request: sending it again is over. */
  #commit(): void {
    this.#replay = undefined;
    this.#request = undefined;
  }

  #keep(chunk: Buffer): void {
    if (this.#replay === undefined) return;
    this.#replayBytes += chunk.length;
    // Before a route is found nothing has been sent, and what is kept here is the only copy.
    if (this.#replayBytes > replayBytesMax * 2 && this.#stream !== undefined) this.#replay = undefined;
    else this.#replay.push(chunk);
  }

  #openOn(route: Route): void {
    const request = this.#request;
    if (this.#isOver || request === undefined) return;
    this.#route = route;
    this.#lastInstance = route.instance;
    this.#attempts += 1;
    const replay = this.#replay as Buffer[];
    const stream = route.open(
      {
        ...request,
        body:
          replay.length === 0
            ? request.body
            : Buffer.concat(request.body === undefined ? replay : [request.body, ...replay]),
        isWhole: this.#hasEnded,
        withCredential: this.#withCredential,
      },
      this,
    );
    // An answer in the same tick may have ended it already.
    if (!this.#isOver && this.#route === route) this.#stream = stream;
  }

  #mayRetry(reason: ResetReason): boolean {
    return (
      !reason.delivered &&
      !this.#hasHead &&
      this.#replay !== undefined &&
      this.#attempts < maxAttempts &&
      this.#routes.now() - this.#startedMs < retryWithinMs &&
      retried.has(reason.code)
    );
  }

  #retry(code: ResetCode, route: Route | undefined): void {
    if (code === 'CREDENTIAL_UNKNOWN' && route !== undefined && !this.#withCredential) {
      this.#withCredential = true;
      this.#openOn(route);
      return;
    }
    if (route !== undefined && code !== 'SESSION_UNKNOWN') {
      this.#failedInstances ??= new Set();
      this.#failedInstances.add(route.instance);
    }
    this.start();
  }

  #fail(failure: StreamFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release();
    this.#handlers.onFailure(failure);
  }

  #finish(): void {
    this.#isOver = true;
    this.#release();
  }

  #release(): void {
    this.#stream = undefined;
    this.#route = undefined;
    this.#replay = undefined;
    this.#request = undefined;
  }
}

/** The session, or the agent at its other end, takes no more streams. */
const unusable = new Set<string>(['SESSION_UNKNOWN', 'AGENT_LOST', 'DRAINING', 'CLUSTER_AWAY']);
const retried = new Set<string>([
  'CREDENTIAL_UNKNOWN',
  'SESSION_UNKNOWN',
  'CLUSTER_AWAY',
  'AGENT_SILENT',
  'AGENT_LOST',
  'DRAINING',
  'OVERLOADED',
]);
