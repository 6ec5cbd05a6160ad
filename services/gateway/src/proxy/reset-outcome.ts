import type { AuditEvent } from '@fairlead/audit-events';
import type { ResetCode } from '@fairlead/wire';
import type { StreamFailure } from '../tunnel/cluster-stream.ts';
import type { Refusal } from './status-answer.ts';

type EndReason = NonNullable<NonNullable<AuditEvent['response']>['endReason']>;

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * What the client is told when a stream failed before the head of an answer.
 *
 * client-go repeats any request, also a POST, on 429 and 503 with Retry-After. So that is said only when repeating does no harm: the method is
 * safe, or the request was certainly not delivered. Otherwise 504, and the message says that it may have been carried out.
 */
export function refusalOf(reason: StreamFailure, cluster: string, method: string): Refusal {
  const isRepeatable = !reason.delivered || safeMethods.has(method);
  const { code, message, retryAfterSeconds } = described(reason, cluster);
  if (isRepeatable)
    return { code, cause: reason.code, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  return {
    code: code === 502 ? 502 : 504,
    cause: reason.code,
    message: `${message} Whether the request was carried out is not known: look before you repeat it.`,
  };
}

interface Description {
  readonly code: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

function described({ code, message }: StreamFailure, cluster: string): Description {
  switch (code) {
    case 'CLUSTER_AWAY':
      return {
        code: 503,
        message: `Cluster ${cluster} is away: none of its agents is connected to the hub.`,
        retryAfterSeconds: 2,
      };
    case 'STUB_AWAY':
      return { code: 503, message: 'This gateway has no connection to a stub at the moment.', retryAfterSeconds: 1 };
    case 'AGENT_SILENT':
      return { code: 503, message: `No agent of cluster ${cluster} took the request in time.`, retryAfterSeconds: 1 };
    case 'AGENT_LOST':
      return {
        code: 503,
        message: `The agent of cluster ${cluster} that had the request was lost.`,
        retryAfterSeconds: 1,
      };
    case 'DRAINING':
      return { code: 503, message: `The agent of cluster ${cluster} is shutting down.`, retryAfterSeconds: 1 };
    case 'SESSION_UNKNOWN':
    case 'CREDENTIAL_UNKNOWN':
      return {
        code: 503,
        message: `The agents of cluster ${cluster} changed while the request was on its way.`,
        retryAfterSeconds: 1,
      };
    case 'OVERLOADED':
      return {
        code: 429,
        message: `The agent of cluster ${cluster} has as many requests as it takes.`,
        retryAfterSeconds: 1,
      };
    case 'UPSTREAM_FAILED':
      return {
        code: 503,
        message: `The agent of cluster ${cluster} cannot reach its API server: ${message}.`,
        retryAfterSeconds: 2,
      };
    case 'UPSTREAM_ABORTED':
      return { code: 502, message: `The API server of cluster ${cluster} broke off: ${message}.` };
    case 'TIMEOUT':
      return { code: 504, message: `The request to cluster ${cluster} took too long: ${message}.` };
    case 'CREDENTIAL_REFUSED':
      return {
        code: 502,
        message: `The agent of cluster ${cluster} refused the hub's statement of who asks: ${message}.`,
      };
    default:
      return { code: 502, message: `The tunnel to cluster ${cluster} failed: ${message}.` };
  }
}

const lost = new Set<ResetCode | string>([
  'CLUSTER_AWAY',
  'STUB_AWAY',
  'AGENT_SILENT',
  'AGENT_LOST',
  'SESSION_UNKNOWN',
  'CREDENTIAL_UNKNOWN',
  'DRAINING',
  'PROTOCOL',
]);

/** How the audit log names the end of a stream that failed. */
export function endReasonOf({ code }: StreamFailure): EndReason {
  if (lost.has(code)) return 'agent_lost';
  if (code === 'TIMEOUT') return 'timeout';
  if (code === 'OVERLOADED') return 'shed';
  return 'upstream_failed';
}
