import { subjects } from '@fairlead/bus';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Decider, Decision, DecisionReply, DecisionRequest } from './decision.ts';

/** Nobody answered the question in time; what a caller has cached may still be used, anything else is refused with 503. */
export class AuthzAwayError extends Error {
  readonly code = 'AUTHZ_AWAY';
  constructor(why: string, cause?: unknown) {
    super(`No access decision can be had: ${why}. Try again in a moment`, { cause });
  }
}

export interface BusDeciderOptions {
  /** how long an answer may take, in ms */
  readonly timeoutMs?: number;
}

/** Half of the bus's usual max_payload, so that a batch never breaks the connection. */
const maxBatchBytes = 512 * 1024;

interface Waiting {
  readonly json: string;
  resolve(decision: Decision): void;
  reject(error: AuthzAwayError): void;
}

/**
 * Asks authz over the bus. All questions of one turn of the event loop leave as one request to authz's queue group (several if they exceed
 * 512 KiB together).
 *
 * decide() rejects with AuthzAwayError (AUTHZ_AWAY) when no authz is there, none answers within timeoutMs (1 s), or the answer cannot be
 * used. Policy versions arrive with every change and again each second; listeners hear only of versions that differ from the last.
 */
export function busDecider(
  bus: Pick<NatsConnection, 'request' | 'subscribe'>,
  { timeoutMs = 1000 }: BusDeciderOptions = {},
): Decider {
  let waiting: Waiting[] = [];

  const flush = () => {
    const all = waiting;
    waiting = [];
    let batch: Waiting[] = [];
    let bytes = 0;
    for (const question of all) {
      const size = Buffer.byteLength(question.json) + 1;
      if (bytes + size > maxBatchBytes && batch.length > 0) {
        void ask(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(question);
      bytes += size;
    }
    void ask(batch);
  };

  const ask = async (batch: readonly Waiting[]) => {
    try {
      const payload = `[${batch.map((question) => question.json).join(',')}]`;
      const answer = await bus.request(subjects.decide, payload, { timeout: timeoutMs });
      const decisions = readReply(answer.string(), batch.length);
      for (const [index, question] of batch.entries()) question.resolve(decisions[index] as Decision);
    } catch (error) {
      const away = error instanceof AuthzAwayError ? error : new AuthzAwayError(whyAway(error), error);
      for (const question of batch) question.reject(away);
    }
  };

  const decideOne = (question: DecisionRequest) =>
    new Promise<Decision>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ json: JSON.stringify(question), resolve, reject });
    });

  return {
    decide: (questions) => Promise.all(questions.map(decideOne)),
    onPolicyVersion(listener) {
      let last: string | undefined;
      const subscription = bus.subscribe(subjects.policyVersion, {
        callback: (error, message) => {
          if (error !== null) return;
          const version = message.string();
          if (version === last) return;
          last = version;
          listener(version);
        },
      });
      return () => subscription.unsubscribe();
    },
  };
}

function readReply(text: string, count: number): readonly Decision[] {
  const reply = JSON.parse(text) as Partial<DecisionReply> & { error?: { message?: string } };
  if (reply.error !== undefined) throw new AuthzAwayError(`authz refused the question (${reply.error.message})`);
  if (!Array.isArray(reply.decisions) || reply.decisions.length !== count) {
    throw new AuthzAwayError('authz sent an answer that does not fit the question');
  }
  return reply.decisions;
}

function whyAway(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NoRespondersError') return 'no authz service is running';
  if (name === 'TimeoutError') return 'authz did not answer in time';
  return `the bus failed (${error instanceof Error ? error.message : String(error)})`;
}
