import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Msg, NatsConnection, Payload, RequestOptions, Status } from '@nats-io/transport-node';
import fc from 'fast-check';
import type { AuditEvent } from './event.ts';
import { type AuditPublisherOptions, createAuditPublisher } from './publisher.ts';
import { sampleEvent } from './sample-event.ts';

interface Published {
  readonly id: string;
  readonly events: readonly AuditEvent[];
}

type Outcome = 'acknowledged' | 'stored, answer lost' | 'lost' | 'refused';

/** A stream as JetStream keeps it: one message for each id, an answer unless the script says otherwise. */
class FakeStream {
  readonly attempts: Published[] = [];
  readonly stored = new Map<string, Published>();
  readonly statuses: Status[] = [];
  outcome: () => Outcome | Promise<Outcome> = () => 'acknowledged';
  #wake: () => void = () => {};

  readonly nc: Pick<NatsConnection, 'request' | 'status'> = {
    request: async (subject: string, payload?: Payload, options?: RequestOptions) => {
      assert.equal(subject, 'audit.events.0123456789ab');
      const id = options?.headers?.get('Nats-Msg-Id') ?? '';
      const message = { id, events: JSON.parse(Buffer.from(payload as Uint8Array).toString()) as AuditEvent[] };
      this.attempts.push(message);
      const outcome = await this.outcome();
      if (outcome === 'lost') throw new Error('timeout');
      if (outcome === 'refused') return reply({ error: { description: 'maximum bytes exceeded', err_code: 10077 } });
      if (!this.stored.has(id)) this.stored.set(id, message);
      if (outcome === 'stored, answer lost') throw new Error('timeout');
      return reply({ stream: 'AUDIT', seq: this.stored.size });
    },
    status: () => this.#follow(),
  };

  say(type: 'reconnect' | 'disconnect'): void {
    this.statuses.push({ type, server: 'x' });
    this.#wake();
  }

  get seqs(): number[] {
    return [...this.stored.values()].flatMap(({ events }) => events.map(({ producer }) => producer.seq));
  }

  async *#follow(): AsyncGenerator<Status> {
    for (;;) {
      for (let status = this.statuses.shift(); status !== undefined; status = this.statuses.shift()) yield status;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const reply = (body: object) => ({ json: () => body }) as unknown as Msg;

function publisherOf(t: TestContext | undefined, stream: FakeStream, options: Partial<AuditPublisherOptions> = {}) {
  const publisher = createAuditPublisher({
    nc: stream.nc,
    component: 'gateway',
    instance: '0123456789ab',
    maxBuffered: 1_000,
    strictTimeoutMs: 60_000,
    ...options,
  });
  t?.after(() => publisher.close(0));
  return publisher;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('the events of one tick leave as one message, numbered from 1', async (t) => {
  const stream = new FakeStream();
  const publisher = publisherOf(t, stream);
  publisher.publishBuffered(sampleEvent());
  publisher.publishBuffered(sampleEvent());
  await publisher.publishStrict(sampleEvent());
  assert.equal(stream.attempts.length, 1);
  assert.equal(stream.attempts[0]?.id, '0123456789ab:1');
  assert.deepEqual(stream.seqs, [1, 2, 3]);
  assert.equal(publisher.pending, 0);
});

test('a strict event is durable when its promise resolves', async (t) => {
  const stream = new FakeStream();
  const publisher = publisherOf(t, stream);
  for (const seq of upTo(5)) {
    await publisher.publishStrict(sampleEvent());
    assert.deepEqual(stream.seqs, upTo(seq));
  }
});

test('a buffered event needs nobody to wait for it', async (t) => {
  const stream = new FakeStream();
  const publisher = publisherOf(t, stream);
  assert.equal(publisher.publishBuffered(sampleEvent()), true);
  assert.equal(publisher.pending, 1);
  await publisher.close(60_000);
  assert.deepEqual(stream.seqs, [1]);
});

test('a message that was not acknowledged goes out again under the same id until it is', async (t) => {
  const stream = new FakeStream();
  const outcomes: Outcome[] = ['lost', 'refused', 'stored, answer lost'];
  stream.outcome = () => outcomes.shift() ?? 'acknowledged';
  const troubles: string[] = [];
  const publisher = publisherOf(t, stream, { onTrouble: ({ message }) => troubles.push(message) });
  await publisher.publishStrict(sampleEvent());
  assert.deepEqual(
    stream.attempts.map(({ id }) => id),
    Array(4).fill('0123456789ab:1'),
  );
  assert.deepEqual(stream.seqs, [1]);
  assert.equal(troubles.length, 3);
  assert.match(troubles[1] ?? '', /maximum bytes exceeded \(10077\)/);
});

test('a reconnect sends what was in flight at once, without waiting for its answer', async (t) => {
  const stream = new FakeStream();
  let answers = 0;
  stream.outcome = () => (answers++ === 0 ? new Promise<Outcome>(() => {}) : 'acknowledged');
  const publisher = publisherOf(t, stream);
  const strict = publisher.publishStrict(sampleEvent());
  await sleep(20);
  assert.equal(stream.attempts.length, 1);
  stream.say('reconnect');
  await strict;
  assert.deepEqual(stream.seqs, [1]);
});

test('a strict event that cannot be stored in time is refused with AUDIT_UNAVAILABLE, and stored all the same later', async (t) => {
  const stream = new FakeStream();
  let release: (outcome: Outcome) => void = () => {};
  stream.outcome = () =>
    new Promise((resolve) => {
      release = resolve;
    });
  const publisher = publisherOf(t, stream, { strictTimeoutMs: 10 });
  await assert.rejects(publisher.publishStrict(sampleEvent()), { code: 'AUDIT_UNAVAILABLE' });
  release('acknowledged');
  await publisher.close(60_000);
  assert.deepEqual(stream.seqs, [1]);
});

test('without room, a first stage is refused without a number; a later stage of a served request leaves a gap only beyond twice the bound', async (t) => {
  const stream = new FakeStream();
  const publisher = publisherOf(t, stream, { maxBuffered: 2 });
  const complete = () => publisher.publishBuffered(sampleEvent({ stage: 'ResponseComplete' }));
  assert.deepEqual(
    [1, 2, 3].map(() => publisher.publishBuffered(sampleEvent())),
    [true, true, false],
  );
  await assert.rejects(publisher.publishStrict(sampleEvent()), { code: 'AUDIT_UNAVAILABLE' });
  assert.deepEqual([complete(), complete(), complete()], [true, true, false]);
  assert.equal(publisher.lost, 1);
  while (publisher.pending > 0) await sleep(1);
  await publisher.publishStrict(sampleEvent());
  assert.deepEqual(stream.seqs, [1, 2, 3, 4, 6]);
});

test('many events are cut into messages that the server takes', async (t) => {
  const stream = new FakeStream();
  const publisher = publisherOf(t, stream, { maxBuffered: 10_000 });
  for (const _ of upTo(3_000)) assert.ok(publisher.publishBuffered(sampleEvent()));
  await publisher.close(60_000);
  assert.deepEqual(stream.seqs, upTo(3_000));
  for (const { events } of stream.stored.values()) {
    assert.ok(events.length <= 512 && Buffer.byteLength(JSON.stringify(events)) < 600_000);
  }
});

test('closing gives up after its time and refuses what comes later', async () => {
  const stream = new FakeStream();
  stream.outcome = () => 'lost';
  const publisher = publisherOf(undefined, stream);
  const strict = assert.rejects(publisher.publishStrict(sampleEvent()), { code: 'AUDIT_UNAVAILABLE' });
  await publisher.close(20);
  await strict;
  assert.equal(publisher.pending, 1);
  assert.equal(publisher.publishBuffered(sampleEvent()), false);
});

test('whatever the network does, the stream holds each event once, in order', async () => {
  const outcome = fc.constantFrom<Outcome>('acknowledged', 'stored, answer lost', 'lost', 'refused');
  const burst = fc.record({ buffered: fc.nat(40), strict: fc.nat(3), reconnect: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(outcome, { maxLength: 3 }),
      fc.array(burst, { maxLength: 6 }),
      async (outcomes, bursts) => {
        const stream = new FakeStream();
        stream.outcome = async () => {
          await sleep(0);
          return outcomes.shift() ?? 'acknowledged';
        };
        const publisher = publisherOf(undefined, stream);
        let count = 0;
        const strict: Promise<void>[] = [];
        for (const step of bursts) {
          for (let i = 0; i < step.buffered; i++) assert.ok(publisher.publishBuffered(sampleEvent()));
          for (let i = 0; i < step.strict; i++) strict.push(publisher.publishStrict(sampleEvent()));
          count += step.buffered + step.strict;
          await sleep(0);
          if (step.reconnect) stream.say('reconnect');
        }
        await publisher.close(60_000);
        await Promise.all(strict);
        assert.deepEqual(stream.seqs, upTo(count));
      },
    ),
    { numRuns: 40 },
  );
});
