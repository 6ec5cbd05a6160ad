import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Msg, MsgCallback, NatsConnection } from '@nats-io/transport-node';
import { AuthzAwayError, busDecider, type Decision, type DecisionRequest } from './index.ts';

const decision: Decision = { effect: 'Allow', statements: ['p/0'], policyVersion: '1', cacheMs: 1, cacheInputs: [] };

function question(resource: string): DecisionRequest {
  return { user: 'u', groups: [], issuer: 'i', action: 'k8s:Get', resource, context: {} };
}

/** As much of a NATS connection as a decider uses. */
function bus(answer: (questions: DecisionRequest[]) => unknown) {
  const requests: { subject: string; bytes: number; timeout: number | undefined }[] = [];
  let onVersion: MsgCallback<Msg> | undefined;
  const connection = {
    async request(subject: string, payload: string, options?: { timeout: number }) {
      requests.push({ subject, bytes: payload.length, timeout: options?.timeout });
      const reply = answer(JSON.parse(payload));
      return { string: () => (typeof reply === 'string' ? reply : JSON.stringify(reply)) } as Msg;
    },
    subscribe(_subject: string, options: { callback: MsgCallback<Msg> }) {
      onVersion = options.callback;
      return {
        unsubscribe: () => {
          onVersion = undefined;
        },
      };
    },
  } as unknown as Pick<NatsConnection, 'request' | 'subscribe'>;
  return {
    connection,
    requests,
    announce: (v: string) => void onVersion?.(null, { string: () => v } as Msg),
    isListening: () => onVersion !== undefined,
  };
}

const allowAll = (questions: DecisionRequest[]) => ({
  decisions: questions.map((q) => ({ ...decision, statements: [q.resource] })),
});

test('the questions of one tick leave as one request and each gets its own answer', async () => {
  const { connection, requests } = bus(allowAll);
  const decider = busDecider(connection);
  const answers = await Promise.all([decider.decide([question('a'), question('b')]), decider.decide([question('c')])]);
  assert.deepEqual(
    answers.flat().map(({ statements }) => statements[0]),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(
    requests.map(({ subject, timeout }) => [subject, timeout]),
    [['authz.decide', 1000]],
  );
  await decider.decide([question('d')]);
  assert.equal(requests.length, 2);
});

test('a tick with more than a message may hold leaves as several', async () => {
  const { connection, requests } = bus(allowAll);
  const long = 'x'.repeat(100_000);
  const answers = await busDecider(connection).decide(Array.from({ length: 12 }, (_, n) => question(`${n}${long}`)));
  assert.deepEqual(
    answers.map(({ statements }) => Number.parseInt(statements[0] ?? '', 10)),
    Array.from({ length: 12 }, (_, n) => n),
  );
  assert.equal(requests.length, 3);
  assert.ok(requests.every(({ bytes }) => bytes < 600_000));
});

test('every way of not being answered is AUTHZ_AWAY, said in a sentence', async () => {
  const named = (name: string) => Object.assign(new Error('x'), { name });
  for (const [answer, message] of [
    [
      () => {
        throw named('NoRespondersError');
      },
      /no authz service is running/,
    ],
    [
      () => {
        throw named('TimeoutError');
      },
      /did not answer in time/,
    ],
    [
      () => {
        throw named('ClosedConnectionError');
      },
      /the bus failed/,
    ],
    [() => 'not JSON', /the bus failed/],
    [() => ({}), /does not fit/],
    [() => ({ decisions: [] }), /does not fit/],
    [() => ({ error: { code: 'X', message: 'bad question' } }), /bad question/],
  ] as const) {
    const { connection } = bus(answer as () => unknown);
    await assert.rejects(busDecider(connection).decide([question('a')]), (error) => {
      assert.ok(error instanceof AuthzAwayError);
      assert.equal(error.code, 'AUTHZ_AWAY');
      assert.match(error.message, message);
      return true;
    });
  }
});

test('listeners hear of a version once, however often it is told', () => {
  const { connection, announce, isListening } = bus(allowAll);
  const heard: string[] = [];
  const stop = busDecider(connection).onPolicyVersion((version) => heard.push(version));
  for (const version of ['1', '1', '2', '2', '1']) announce(version);
  assert.deepEqual(heard, ['1', '2', '1']);
  stop();
  assert.equal(isListening(), false);
});
