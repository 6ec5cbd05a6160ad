export { newAuditId } from './audit-id.ts';
export type { AuditEvent, AuditStage } from './event.ts';
export {
  type AuditPublisherOptions,
  AuditUnavailableError,
  createAuditPublisher,
  type JetStreamAuditPublisher,
} from './publisher.ts';
export { redactRequestUri } from './request-uri.ts';
export { shortText, visibleText } from './visible-text.ts';

/** Where a gateway hands its events. One publisher a process. */
export interface AuditPublisher {
  /**
   * Durable when it resolves (PubAck of JetStream). Events of one tick share a message (group commit).
   * Rejects with code AUDIT_UNAVAILABLE when that takes longer than the configured time: then the request must not go on.
   */
  publishStrict(event: UnnumberedEvent): Promise<void>;
  /** Queued within a bound, retried until stored. Returns false when the queue is full: then shed the request, not the event. */
  publishBuffered(event: UnnumberedEvent): boolean;
  /** Events accepted and not yet durable. */
  readonly pending: number;
  /** Flushes what is queued; resolves when all is durable or after timeoutMs. */
  close(timeoutMs: number): Promise<void>;
}

import type { AuditEvent } from './event.ts';

/** An event before its producer numbers it. */
export type UnnumberedEvent = Omit<AuditEvent, 'producer' | 'v'>;
