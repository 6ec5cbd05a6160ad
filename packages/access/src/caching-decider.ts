import { hash } from 'node:crypto';
import type { Decider, Decision, DecisionRequest } from './decision.ts';

export interface CachingDeciderOptions {
  /** at most this many decisions are kept, the least used half goes first */
  readonly maxDecisions?: number;
  /** monotonic clock in ms */
  readonly now?: () => number;
}

export interface CachingDecider extends Decider {
  /** The answer if it is at hand, without waiting; undefined when authz must be asked. `groups` arrays must not change once used here. */
  decideNow(question: DecisionRequest): Decision | undefined;
  /** stops listening for policy versions */
  close(): void;
}

interface Remembered {
  readonly decision: Decision;
  /** values of decision.cacheInputs in the question that was answered */
  readonly inputs: readonly (string | undefined)[];
  readonly validUntilMs: number;
}

/** Answers to one principal, action and resource differ only by context; more than this many at once are not worth keeping. */
const maxAnswersOfOneKey = 32;

/**
 * Keeps answers for as long as authz said, for the inputs that it named, and never across a policy version. Equal questions that wait at the
 * same time are asked once. Errors are not kept.
 *
 * An answer's time counts from when it was asked for. An answer of another version than the last announced one (an authz that lags or leads)
 * is handed on and not kept.
 */
export function cachingDecider(
  decider: Decider,
  { maxDecisions = 50_000, now = () => performance.now() }: CachingDeciderOptions = {},
): CachingDecider {
  let young = new Map<string, Remembered[]>();
  let old = new Map<string, Remembered[]>();
  let youngCount = 0;
  let asking = new Map<string, Promise<Decision>>();
  let announced: string | undefined;
  let epoch = 0;

  const forgetAll = () => {
    young = new Map();
    old = new Map();
    youngCount = 0;
    asking = new Map();
    epoch++;
  };
  // Told after the cache is empty, so that a listener that asks again gets an answer of the new version.
  const listeners = new Set<(version: string) => void>();
  const unsubscribe = decider.onPolicyVersion((version) => {
    announced = version;
    forgetAll();
    for (const listener of listeners) listener(version);
  });

  const keep = (key: string, answers: Remembered[]) => {
    if (youngCount + answers.length > maxDecisions / 2 && youngCount > 0) {
      old = young;
      young = new Map();
      youngCount = 0;
    }
    youngCount += answers.length - (young.get(key)?.length ?? 0);
    young.set(key, answers);
  };

  const lookUp = (key: string, question: DecisionRequest): Decision | undefined => {
    let answers = young.get(key);
    if (answers === undefined) {
      answers = old.get(key);
      if (answers === undefined) return undefined;
      old.delete(key);
      keep(key, answers);
    }
    for (const answer of answers) {
      if (isFor(answer, question)) return answer.validUntilMs > now() ? answer.decision : undefined;
    }
    return undefined;
  };

  const remember = (key: string, question: DecisionRequest, decision: Decision, askedAtMs: number) => {
    const validUntilMs = askedAtMs + decision.cacheMs;
    if (validUntilMs <= now()) return;
    const inputs = decision.cacheInputs.map((name) => question.context[name]);
    const others = (young.get(key) ?? old.get(key) ?? []).filter((answer) => !isFor(answer, question));
    old.delete(key);
    keep(key, [{ decision, inputs, validUntilMs }, ...others.slice(0, maxAnswersOfOneKey - 1)]);
  };

  const ask = async (key: string, question: DecisionRequest): Promise<Decision> => {
    const askedAtMs = now();
    const askedEpoch = epoch;
    const [decision] = await decider.decide([question]);
    if (decision === undefined) throw new Error('The decider answered none of one question');
    const isCurrent = announced === undefined ? epoch === askedEpoch : decision.policyVersion === announced;
    if (isCurrent) remember(key, question, decision, askedAtMs);
    return decision;
  };

  const decideOne = (question: DecisionRequest): Decision | Promise<Decision> => {
    const key = keyOf(question);
    const hit = lookUp(key, question);
    if (hit !== undefined) return hit;
    const wholeKey = `${key}\n${JSON.stringify(Object.entries(question.context).sort(byName))}`;
    const flights = asking;
    const flight = flights.get(wholeKey) ?? ask(key, question);
    if (!flights.has(wholeKey)) {
      flights.set(wholeKey, flight);
      const land = () => void flights.delete(wholeKey);
      flight.then(land, land);
    }
    return flight;
  };

  return {
    decideNow: (question) => lookUp(keyOf(question), question),
    decide: (questions) => Promise.all(questions.map(decideOne)),
    onPolicyVersion(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: unsubscribe,
  };
}

function isFor(answer: Remembered, question: DecisionRequest): boolean {
  const names = answer.decision.cacheInputs;
  for (let i = 0; i < names.length; i++) {
    if (question.context[names[i] as string] !== answer.inputs[i]) return false;
  }
  return true;
}

function byName(a: [string, string], b: [string, string]): number {
  return a[0] < b[0] ? -1 : 1;
}

/** The inputs that always count. An action holds no line feed, so that the parts cannot run into each other. */
function keyOf(question: DecisionRequest): string {
  return `${principalKey(question)}\n${question.action}\n${question.resource}`;
}

/** Hashing 500 groups for each request would cost more than the decision; a principal's groups array is the same from request to request. */
const principals = new WeakMap<readonly string[], { user: string; issuer: string; key: string }>();

function principalKey({ user, issuer, groups }: DecisionRequest): string {
  const known = principals.get(groups);
  if (known !== undefined && known.user === user && known.issuer === issuer) return known.key;
  const key = hash('sha256', JSON.stringify([user, issuer, [...groups].sort()]), 'base64');
  principals.set(groups, { user, issuer, key });
  return key;
}
