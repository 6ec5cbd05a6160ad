import type { Decision } from '@fairlead/access';
import type { AuditEvent, AuditPublisher, UnnumberedEvent } from '@fairlead/audit-events';
import type { Caller } from '../authenticate/caller.ts';

export type EndReason = NonNullable<NonNullable<AuditEvent['response']>['endReason']>;

/** What an audited request ended with. */
export interface AuditedEnd {
  readonly code: number;
  /** stable error code where the hub answered itself */
  readonly reason?: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly endReason: EndReason;
}

export interface AuditedRequest {
  readonly auditID: string;
  /** ms since the epoch */
  readonly receivedMs: number;
  readonly source: AuditEvent['source'];
  readonly request: AuditEvent['request'];
  readonly cluster?: AuditEvent['cluster'];
  readonly caller?: Caller;
  readonly decision?: Decision;
}

/** The events of one request, from what is known at each stage. */
export function receivedEvent(request: AuditedRequest): UnnumberedEvent {
  return event(request, 'RequestReceived', request.receivedMs);
}

export function startedEvent(request: AuditedRequest, code: number, nowMs: number): UnnumberedEvent {
  const response = { code, bytesIn: 0, bytesOut: 0, durationMs: nowMs - request.receivedMs };
  return { ...event(request, 'ResponseStarted', nowMs), response };
}

export function completeEvent(request: AuditedRequest, end: AuditedEnd, nowMs: number): UnnumberedEvent {
  return { ...event(request, 'ResponseComplete', nowMs), response: { ...end, durationMs: nowMs - request.receivedMs } };
}

function event(request: AuditedRequest, stage: AuditEvent['stage'], stageMs: number): UnnumberedEvent {
  const { auditID, receivedMs, cluster, caller, decision } = request;
  return {
    auditID,
    stage,
    requestReceivedTimestamp: timestamp(receivedMs),
    stageTimestamp: timestamp(stageMs),
    ...(cluster === undefined ? undefined : { cluster }),
    ...(caller === undefined ? undefined : { actor: actorOf(caller) }),
    source: request.source,
    request: request.request,
    ...(decision === undefined
      ? undefined
      : {
          decision: { effect: decision.effect, statements: decision.statements, policyVersion: decision.policyVersion },
        }),
  };
}

const actors = new WeakMap<Caller, NonNullable<AuditEvent['actor']>>();

function actorOf(caller: Caller): NonNullable<AuditEvent['actor']> {
  let actor = actors.get(caller);
  if (actor === undefined) {
    const { principal, credential, credentialId } = caller;
    actor = { issuer: principal.issuer, user: principal.user, groups: principal.groups, credential, credentialId };
    actors.set(caller, actor);
  }
  return actor;
}

let lastMs = -1;
let lastText = '';

/** RFC 3339, ms padded to µs. Many requests share a millisecond. */
function timestamp(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms;
    lastText = `${new Date(ms).toISOString().slice(0, -1)}000Z`;
  }
  return lastText;
}

export type { AuditPublisher };
