import type { HeaderList } from '@fairlead/http1';
import { failure, type Status } from '@fairlead/kubernetes';
import type { ClientExchange } from '../listen/exchange.ts';
import { reasonPhrase } from '../listen/reason-phrase.ts';

/** An answer of the hub's own to a Kubernetes client. */
export interface Refusal {
  readonly code: number;
  /** stable error code, in the Status as details.causes[0].reason */
  readonly cause: string;
  readonly message: string;
  /** also sent as Retry-After; client-go then repeats the request by itself, whatever its method */
  readonly retryAfterSeconds?: number;
  readonly details?: Status['details'];
  readonly headers?: HeaderList;
}

export function statusOf({ code, cause, message, retryAfterSeconds, details }: Refusal): Status {
  return failure(code, message, {
    cause,
    ...(details?.name === undefined ? {} : { name: details.name }),
    ...(details?.group === undefined ? {} : { group: details.group }),
    ...(details?.kind === undefined ? {} : { kind: details.kind }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** Answers with a Status, whole. Returns the length of its body. */
export function answerStatus(exchange: ClientExchange, refusal: Refusal, auditID: string | undefined): number {
  const body = Buffer.from(JSON.stringify(statusOf(refusal)));
  const headers: HeaderList = [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(body.length)],
    ['Cache-Control', 'no-cache, private'],
    ['X-Content-Type-Options', 'nosniff'],
    ...(refusal.headers ?? []),
  ];
  if (auditID !== undefined) headers.push(['Audit-Id', auditID]);
  if (refusal.retryAfterSeconds !== undefined) headers.push(['Retry-After', String(refusal.retryAfterSeconds)]);
  exchange.head({ status: refusal.code, reason: reasonPhrase(refusal.code), headers });
  if (exchange.method !== 'HEAD') exchange.write(body);
  exchange.end([]);
  return body.length;
}
