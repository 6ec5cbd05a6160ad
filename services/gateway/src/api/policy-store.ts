import type { PolicyDocument, StoredPolicy } from '@fairlead/access';
import { subjects } from '@fairlead/bus';
import type { NatsConnection } from '@nats-io/transport-node';
import { Problem } from './problem.ts';

/** Policy management of services/authz, as one request and one reply over the bus (subject `authz.policies`). */
export type PolicyRequest =
  | { readonly op: 'list' }
  | { readonly op: 'get'; readonly name: string }
  | { readonly op: 'put'; readonly policy: StoredPolicy }
  | { readonly op: 'delete'; readonly name: string }
  | { readonly op: 'explain'; readonly question: unknown; readonly document?: PolicyDocument };

/** Gives the reply; throws Problem with authz's own code and words, or AUTHZ_AWAY. */
export type AskPolicies = (request: PolicyRequest) => Promise<Record<string, unknown>>;

const timeoutMs = 3_000;

const statusOfCode: Readonly<Record<string, number>> = {
  POLICY_UNKNOWN: 404,
  POLICY_CONFLICT: 409,
  CONFLICT: 409,
};

export function askPoliciesOver(bus: Pick<NatsConnection, 'request'>): AskPolicies {
  return async (request) => {
    let reply: Record<string, unknown> & { error?: { code?: unknown; message?: unknown } };
    try {
      const answer = await bus.request(subjects.policies, JSON.stringify(request), { timeout: timeoutMs });
      reply = answer.json();
    } catch (cause) {
      throw new Problem(503, 'AUTHZ_AWAY', 'The access service does not answer; try again in a moment', {
        cause,
        headers: { 'retry-after': '1' },
      });
    }
    if (reply.error === undefined) return reply;
    const code = typeof reply.error.code === 'string' ? reply.error.code : 'POLICY_REFUSED';
    throw new Problem(
      statusOfCode[code] ?? 400,
      code,
      String(reply.error.message ?? 'The access service refused the request'),
    );
  };
}
