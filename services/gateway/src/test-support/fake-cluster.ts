// A cluster at the boundary of the wire: streams that a test opens, answers and breaks by hand.

import type { HeaderList } from '@fairlead/http1';
import type { ResetCode, ResponseFrameHead, StreamHandlers, TunnelStream } from '@fairlead/wire';
import type { ClusterRequest, Route, Routes } from '../tunnel/cluster-stream.ts';

type Opened = ClusterRequest & { readonly withCredential: boolean };

export class FakeStream implements TunnelStream {
  readonly id = 1;
  readonly request: Opened;
  readonly handlers: StreamHandlers<ResponseFrameHead>;
  readonly instance: string;
  readonly written: Buffer[] = [];
  hasEnded: boolean;
  consumedBytes = 0;
  resetCode: ResetCode | undefined;
  /** what write() says */
  hasCredit = true;

  constructor(request: Opened, handlers: StreamHandlers<ResponseFrameHead>, instance: string) {
    this.request = request;
    this.handlers = handlers;
    this.instance = instance;
    this.hasEnded = request.isWhole;
    if (request.body !== undefined) this.written.push(request.body);
  }

  get body(): string {
    return Buffer.concat(this.written).toString('latin1');
  }
  sendHead(): void {}
  accept(): void {}
  write(chunk: Buffer): boolean {
    this.written.push(Buffer.from(chunk));
    return this.hasCredit;
  }
  end(): void {
    this.hasEnded = true;
  }
  consumed(bytes: number): void {
    this.consumedBytes += bytes;
  }
  reset(code: ResetCode): void {
    this.resetCode = code;
  }

  answer(status: number, headers: HeaderList, body?: string | Buffer, isWhole = true): void {
    this.handlers.onHead({ s: status, r: status === 200 ? 'OK' : 'Because', h: headers });
    if (body !== undefined) this.data(body);
    if (isWhole) this.handlers.onEnd([]);
  }
  data(body: string | Buffer): void {
    this.handlers.onData(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
  }
  fail(code: ResetCode, delivered: boolean, message = 'as the test said'): void {
    this.handlers.onReset({ code, message, sealed: true, delivered });
  }
}

export class FakeCluster implements Routes {
  readonly streams: FakeStream[] = [];
  /** one entry an agent; each route goes to the first that is not excepted */
  instances = ['aaaaaaaaaaaa'];
  readonly retired: string[] = [];
  onOpen: ((stream: FakeStream) => void) | undefined;
  #waiting: ((stream: FakeStream) => void)[] = [];

  route(_clusterId: string, except: ReadonlySet<string>): Route | Promise<Route> {
    const instance = this.instances.find((name) => !except.has(name));
    if (instance === undefined) return Promise.reject({ code: 'CLUSTER_AWAY', message: 'no agent', delivered: false });
    return {
      instance,
      open: (request, handlers) => {
        const stream = new FakeStream(request, handlers, instance);
        this.streams.push(stream);
        this.#waiting.shift()?.(stream);
        this.onOpen?.(stream);
        return stream;
      },
      retire: () => this.retired.push(instance),
    };
  }

  now(): number {
    return performance.now();
  }

  /** The next stream that is opened. */
  next(): Promise<FakeStream> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
