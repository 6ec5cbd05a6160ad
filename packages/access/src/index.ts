export { AuthzAwayError, busDecider } from './bus-decider.ts';
export { type CachingDecider, type CachingDeciderOptions, cachingDecider } from './caching-decider.ts';
export type { Decider, Decision, DecisionReply, DecisionRequest } from './decision.ts';
export type { PolicyDocument, PolicyStatement, StoredPolicy } from './policy.ts';
