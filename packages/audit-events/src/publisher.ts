// Puts events on the stream AUDIT: numbered without gaps, in order, each until it is stored.
//
// One message is in flight at a time and everything that arrives meanwhile goes into the next one. So order holds through any retry, the
// size of messages follows the load by itself, and a message costs its share of the server's work once for up to 512 events.
import { auditStream, subjects } from '@fairlead/bus';
import { headers, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { AuditEvent } from './event.ts';
import { eventLine } from './event-line.ts';
import type { AuditPublisher, UnnumberedEvent } from './index.ts';

export interface AuditPublisherOptions {
  /** connection with the credentials audit-publisher */
  readonly nc: Pick<NatsConnection, 'request' | 'status'>;
  readonly component: AuditEvent['producer']['component'];
  /** random at each start: it is the name under which events are numbered from 1 */
  readonly instance: string;
  /** events that may wait to be stored; later stages of requests already admitted may take as many again */
  readonly maxBuffered: number;
  readonly strictTimeoutMs: number;
  /** told of each failed attempt, for the log */
  readonly onTrouble?: (trouble: Error) => void;
}

export interface JetStreamAuditPublisher extends AuditPublisher {
  /** later stages of served requests that found no room: each is a gap in this producer's numbers */
  readonly lost: number;
}

export class AuditUnavailableError extends Error {
  readonly code = 'AUDIT_UNAVAILABLE';
}

/** Far below the server's limit of 1 MiB, at up to three bytes a character. */
const maxMessageLength = 262_144;
const maxMessageEvents = 512;
/** How long a buffered event may wait for company; a strict one leaves at the end of the tick. */
const lingerMs = 5;
const ackTimeoutMs = 2_000;
const firstBackoffMs = 50;
const longestBackoffMs = 5_000;

interface Message {
  readonly events: number;
  readonly payload: Buffer;
  readonly headers: MsgHdrs;
  attempts: number;
}

interface Waiter {
  /** how many events have to be stored before this one is */
  readonly ordinal: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export function createAuditPublisher(options: AuditPublisherOptions): JetStreamAuditPublisher {
  return new GroupCommitPublisher(options);
}

class GroupCommitPublisher implements JetStreamAuditPublisher {
  readonly #options: AuditPublisherOptions;
  readonly #subject: string;

  #lines: string[] = [];
  #seqs: number[] = [];
  #linesLength = 0;
  #inFlight: Message | undefined;
  #waiters: Waiter[] = [];

  #lastSeq = 0;
  #accepted = 0;
  #stored = 0;
  #lost = 0;

  #immediate: NodeJS.Immediate | undefined;
  #linger: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closing = false;
  #stopped = false;
  #onDrained: (() => void) | undefined;

  constructor(options: AuditPublisherOptions) {
    this.#options = options;
    this.#subject = subjects.auditEvents(options.instance);
    void this.#followConnection();
  }

  get pending(): number {
    return this.#accepted - this.#stored;
  }

  get lost(): number {
    return this.#lost;
  }

  publishStrict(event: UnnumberedEvent): Promise<void> {
    if (!this.#accept(event)) return Promise.reject(this.#unavailable('too many events wait to be stored'));
    const { strictTimeoutMs } = this.#options;
    const stored = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(this.#unavailable(`no answer within ${strictTimeoutMs} ms`)),
        strictTimeoutMs,
      );
      this.#waiters.push({ ordinal: this.#accepted, resolve, reject, timer });
    });
    this.#schedule(true);
    return stored;
  }

  publishBuffered(event: UnnumberedEvent): boolean {
    const accepted = this.#accept(event);
    if (accepted) this.#schedule(this.#isMessageFull());
    return accepted;
  }

  close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(), timeoutMs);
      const done = () => {
        clearTimeout(timer);
        this.#stop();
        resolve();
      };
      this.#onDrained = done;
      if (this.pending === 0) done();
      else this.#schedule(true);
    });
  }

  /**
   * A first stage that finds no room takes no number: its request is not served. A later stage that finds none takes its number with it,
   * so that the loss shows as a gap.
   */
  #accept(event: UnnumberedEvent): boolean {
    const { maxBuffered, component, instance } = this.#options;
    const isFirst = event.stage === 'RequestReceived';
    if (this.#closing || this.pending >= (isFirst ? maxBuffered : 2 * maxBuffered)) {
      if (!isFirst) {
        this.#lastSeq++;
        this.#lost++;
      }
      return false;
    }
    const seq = ++this.#lastSeq;
    const line = eventLine(event, component, instance, seq);
    this.#lines.push(line);
    this.#seqs.push(seq);
    this.#linesLength += line.length;
    this.#accepted++;
    return true;
  }

  #isMessageFull(): boolean {
    return this.#lines.length >= maxMessageEvents || this.#linesLength >= maxMessageLength;
  }

  #schedule(soon: boolean): void {
    if (this.#inFlight !== undefined || this.#immediate !== undefined) return;
    if (soon) this.#immediate = setImmediate(() => this.#send());
    else this.#linger ??= setTimeout(() => this.#send(), lingerMs);
  }

  #send(): void {
    this.#clearSchedule();
    if (this.#inFlight !== undefined || this.#lines.length === 0) return;
    this.#inFlight = this.#nextMessage();
    this.#attempt(this.#inFlight);
  }

  #nextMessage(): Message {
    const first = this.#seqs[0] as number;
    const events = this.#isMessageFull() ? fitting(this.#lines) : this.#lines.length;
    const lines = events === this.#lines.length ? this.#lines : this.#lines.slice(0, events);
    this.#lines = this.#lines.slice(events);
    this.#seqs = this.#seqs.slice(events);
    // an event a line: JSON text holds no line feed, so the reader can part them without writing them again
    const text = `[${lines.join(',\n')}]`;
    this.#linesLength = this.#lines.length === 0 ? 0 : this.#linesLength - (text.length - 2 * events);
    const fields = headers();
    fields.set('Nats-Msg-Id', `${this.#options.instance}:${first}`);
    fields.set('Nats-Expected-Stream', auditStream.name);
    return { events, payload: Buffer.from(text), headers: fields, attempts: 0 };
  }

  #attempt(message: Message): void {
    const attempt = ++message.attempts;
    this.#options.nc
      .request(this.#subject, message.payload, { timeout: ackTimeoutMs, headers: message.headers })
      .then(assertStored)
      .then(
        () => this.#settle(message),
        (cause) => this.#failed(message, attempt, cause),
      );
  }

  /** Any attempt's acknowledgement is as good as another's: all carry one message id. */
  #settle(message: Message): void {
    if (this.#inFlight !== message) return;
    this.#inFlight = undefined;
    clearTimeout(this.#retry);
    this.#stored += message.events;
    while (this.#waiters.length > 0 && (this.#waiters[0] as Waiter).ordinal <= this.#stored) {
      const { timer, resolve } = this.#waiters.shift() as Waiter;
      clearTimeout(timer);
      resolve();
    }
    if (this.pending === 0) this.#onDrained?.();
    else if (this.#waiters.length > 0 || this.#isMessageFull() || this.#closing) this.#send();
    else this.#schedule(false);
  }

  #failed(message: Message, attempt: number, cause: unknown): void {
    if (this.#inFlight !== message || attempt !== message.attempts) return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#options.onTrouble?.(this.#unavailable(reason, cause));
    const longestMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(attempt, 10));
    this.#retry = setTimeout(() => this.#attempt(message), longestMs * (0.5 + Math.random() / 2));
  }

  /** What was sent to a server that is gone may be lost without a word: it goes out again as soon as there is one. */
  async #followConnection(): Promise<void> {
    for await (const { type } of this.#options.nc.status()) {
      if (this.#stopped) return;
      if (type !== 'reconnect' || this.#inFlight === undefined) continue;
      clearTimeout(this.#retry);
      this.#attempt(this.#inFlight);
    }
  }

  #unavailable(reason: string, cause?: unknown): AuditUnavailableError {
    return new AuditUnavailableError(
      `The audit log does not store events (${reason}); check the stream ${auditStream.name} and the NATS servers`,
      { cause },
    );
  }

  #clearSchedule(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#linger);
    this.#immediate = undefined;
    this.#linger = undefined;
  }

  #stop(): void {
    this.#stopped = true;
    this.#clearSchedule();
    clearTimeout(this.#retry);
    this.#inFlight = undefined;
    for (const { timer, reject } of this.#waiters.splice(0)) {
      clearTimeout(timer);
      reject(this.#unavailable('this process is stopping'));
    }
  }
}

/** How many of these lines go into one message: at least one. */
function fitting(lines: readonly string[]): number {
  let length = 0;
  let events = 0;
  for (const line of lines) {
    length += line.length;
    if (events > 0 && (length > maxMessageLength || events === maxMessageEvents)) break;
    events++;
  }
  return events;
}

/** Throws unless the reply is JetStream's acknowledgement (ADR-22), a duplicate's included. */
function assertStored(reply: Msg): void {
  const ack = reply.json() as {
    readonly stream?: string;
    readonly seq?: number;
    readonly error?: { description?: string; err_code?: number };
  };
  if (ack.error !== undefined)
    throw new Error(`${ack.error.description ?? 'refused'} (${ack.error.err_code ?? 'no code'})`);
  if (ack.stream !== auditStream.name || typeof ack.seq !== 'number')
    throw new Error('the reply is no acknowledgement');
}
