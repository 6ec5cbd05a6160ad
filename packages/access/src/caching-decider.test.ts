import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cachingDecider, type Decider, type Decision, type DecisionRequest } from './index.ts';

const question: DecisionRequest = {
  user: 'jane',
  groups: ['dev', 'ops'],
  issuer: 'https://idp',
  action: 'k8s:Get',
  resource: 'k8s:demo:d:core/pods/p',
  context: { 'fl:SourceIp': '10.0.0.1', 'fl:Subresource': '' },
};

/** An authz that allows everything and can be told how, and a clock that is moved by hand. */
function authz(answer: Partial<Decision> = {}) {
  const state = {
    asked: [] as DecisionRequest[],
    nowMs: 0,
    answer: {
      effect: 'Allow',
      statements: ['p/0'],
      policyVersion: '1',
      cacheMs: 1000,
      cacheInputs: [],
      ...answer,
    } as Decision,
    announce: (_version: string) => {},
    hold: undefined as Promise<void> | undefined,
  };
  const decider: Decider = {
    async decide(questions) {
      state.asked.push(...questions);
      const { answer } = state;
      await state.hold;
      return questions.map(() => answer);
    },
    onPolicyVersion(listener) {
      state.announce = listener;
      return () => {
        state.announce = () => {};
      };
    },
  };
  return { state, decider };
}

test('an answer is reused for as long as authz said, counted from the asking', async () => {
  const { state, decider } = authz({ cacheMs: 1000 });
  const cache = cachingDecider(decider, { now: () => state.nowMs });
  assert.equal(cache.decideNow(question), undefined);
  assert.deepEqual(await cache.decide([question, question]), [state.answer, state.answer]);
  assert.equal(state.asked.length, 1);
  state.nowMs = 999;
  assert.equal(
    cache.decideNow({ ...question, groups: ['ops', 'dev'] }),
    state.answer,
    'order of groups does not count',
  );
  state.nowMs = 1000;
  assert.equal(cache.decideNow(question), undefined);
  await cache.decide([question]);
  assert.equal(state.asked.length, 2);
  state.answer = { ...state.answer, cacheMs: 0 };
  state.nowMs = 5000;
  await cache.decide([question]);
  assert.equal(cache.decideNow(question), undefined, 'cacheMs 0 is not kept');
});

test('an answer is reused for other contexts unless they differ in an input that authz named', async () => {
  const { state, decider } = authz({ cacheInputs: ['fl:SourceIp'] });
  const cache = cachingDecider(decider, { now: () => state.nowMs });
  const from = (ip: string | undefined, subresource = '') => ({
    ...question,
    context: { ...(ip === undefined ? {} : { 'fl:SourceIp': ip }), 'fl:Subresource': subresource },
  });
  await cache.decide([from('10.0.0.1')]);
  assert.ok(cache.decideNow(from('10.0.0.1', 'status')));
  assert.equal(cache.decideNow(from('10.0.0.2')), undefined);
  assert.equal(cache.decideNow(from(undefined)), undefined);
  state.answer = { ...state.answer, effect: 'Deny' };
  await cache.decide([from('10.0.0.2'), from(undefined)]);
  assert.equal(cache.decideNow(from('10.0.0.1'))?.effect, 'Allow');
  assert.equal(cache.decideNow(from('10.0.0.2'))?.effect, 'Deny');
  assert.equal(cache.decideNow(from(undefined))?.effect, 'Deny');
});

test('every input that always counts tells questions apart', async () => {
  const { state, decider } = authz();
  const cache = cachingDecider(decider, { now: () => state.nowMs });
  await cache.decide([question]);
  for (const other of [
    { user: 'john' },
    { groups: ['dev'] },
    { groups: ['dev', 'ops', 'x'] },
    { groups: ['dev","ops'] },
    { issuer: 'https://other' },
    { action: 'k8s:Exec' },
    { resource: 'k8s:demo:d:core/pods/q' },
    { action: 'k8s:Get\nk8s', resource: ':demo:d:core/pods/p' },
  ]) {
    assert.equal(cache.decideNow({ ...question, ...other }), undefined, JSON.stringify(other));
  }
  const { groups } = question;
  assert.ok(cache.decideNow({ ...question, groups }));
  assert.equal(
    cache.decideNow({ ...question, groups, user: 'john' }),
    undefined,
    'the same groups array of another user',
  );
  assert.ok(cache.decideNow({ ...question, groups }));
});

test('a new policy version drops everything, also what is still being asked', async () => {
  const { state, decider } = authz();
  const cache = cachingDecider(decider, { now: () => state.nowMs });
  await cache.decide([question]);
  const heard: unknown[] = [];
  const stop = cache.onPolicyVersion((version) => heard.push(version, cache.decideNow(question)));
  state.announce('2');
  assert.deepEqual(heard, ['2', undefined], 'a listener finds the cache empty');
  stop();

  let release = () => {};
  state.hold = new Promise((resolve) => {
    release = resolve;
  });
  const old = cache.decide([question]);
  state.announce('3');
  state.answer = { ...state.answer, effect: 'Deny', policyVersion: '3' };
  const fresh = cache.decide([question]);
  release();
  assert.equal((await old)[0]?.effect, 'Allow');
  assert.equal((await fresh)[0]?.effect, 'Deny', 'who asks after the change is not given the answer from before');
  assert.equal(cache.decideNow(question)?.effect, 'Deny', 'the late answer of the old version is not kept');
});

test('an answer of a replica that lags behind the announced version is handed on and not kept', async () => {
  const { state, decider } = authz();
  const cache = cachingDecider(decider, { now: () => state.nowMs });
  state.announce('2');
  assert.equal((await cache.decide([question]))[0]?.policyVersion, '1');
  assert.equal(cache.decideNow(question), undefined);
  state.answer = { ...state.answer, policyVersion: '2' };
  await cache.decide([question]);
  assert.ok(cache.decideNow(question));
});

test('equal questions that wait at the same time are asked once, and a failure is not kept', async () => {
  const { state, decider } = authz();
  const cache = cachingDecider(decider, { now: () => state.nowMs });
  state.hold = Promise.reject(new Error('away'));
  state.hold.catch(() => {});
  const both = await Promise.allSettled([
    cache.decide([question]),
    cache.decide([{ ...question, context: { ...question.context } }]),
  ]);
  assert.deepEqual(
    both.map((result) => result.status),
    ['rejected', 'rejected'],
  );
  assert.equal(state.asked.length, 1);
  state.hold = undefined;
  assert.equal((await cache.decide([question]))[0]?.effect, 'Allow');
});

test('it stays within its bound and keeps what is in use', async () => {
  const { state, decider } = authz();
  const cache = cachingDecider(decider, { now: () => state.nowMs, maxDecisions: 100 });
  const numbered = (n: number) => ({ ...question, resource: `k8s:demo:d:core/pods/p${n}` });
  for (let n = 0; n < 1000; n++) {
    await cache.decide([numbered(n)]);
    assert.ok(cache.decideNow(numbered(0)), `asked for all the time, gone at ${n}`);
  }
  let kept = 0;
  for (let n = 0; n < 1000; n++) if (cache.decideNow(numbered(n)) !== undefined) kept++;
  assert.ok(kept >= 40 && kept <= 101, `${kept} kept`);
});

test('closing it ends the subscription', () => {
  const { state, decider } = authz();
  const cache = cachingDecider(decider);
  const before = state.announce;
  cache.close();
  assert.notEqual(state.announce, before);
});

/** The promise of the cache, as one sentence: never another effect than authz would have given at some moment since the answer's asking. */
test('whatever is asked in whatever order, a cached answer is one that authz would give', async () => {
  const ips = ['a', 'b'];
  const step = fc.record({
    user: fc.constantFrom('u', 'v'),
    ip: fc.constantFrom(...ips),
    change: fc.boolean(),
    advanceMs: fc.constantFrom(0, 10, 60),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let nowMs = 0;
      let version = 1;
      let listener = (_: string) => {};
      /** a policy that looks at user, version, and at the IP only for user v */
      const decide = ({ user, context }: DecisionRequest): Decision => {
        const looksAtIp = user === 'v';
        const odd = (version + (looksAtIp && context['fl:SourceIp'] === 'a' ? 1 : 0)) % 2 === 1;
        return {
          effect: odd ? 'Deny' : 'Allow',
          statements: [],
          policyVersion: String(version),
          cacheMs: 50,
          cacheInputs: looksAtIp ? ['fl:SourceIp'] : [],
        };
      };
      const cache = cachingDecider(
        {
          decide: async (questions) => questions.map(decide),
          onPolicyVersion: (l) => {
            listener = l;
            return () => {};
          },
        },
        { now: () => nowMs, maxDecisions: 4 },
      );
      for (const { user, ip, change, advanceMs } of steps) {
        nowMs += advanceMs;
        if (change) listener(String(++version));
        const asked = { ...question, user, context: { 'fl:SourceIp': ip } };
        const now = cache.decideNow(asked);
        if (now !== undefined) assert.equal(now.effect, decide(asked).effect);
        assert.equal((await cache.decide([asked]))[0]?.effect, decide(asked).effect);
      }
    }),
    { numRuns: 300 },
  );
});
