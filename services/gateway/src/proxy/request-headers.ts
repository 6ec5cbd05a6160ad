// What of a client's request head travels to the API server: an allow-list, so that no header that anybody anywhere may come to believe
// (X-Remote-*, X-Forwarded-*, Audit-ID, …) passes by default. The agent has a list of its own and adds the identity.

import type { HeaderList } from '@fairlead/http1';
import { withoutBearerSubprotocol } from '../authenticate/bearer-token.ts';

const forwarded = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'kubectl-command',
  'kubectl-session',
  'pragma',
  'range',
  'user-agent',
]);

const forwardedWithUpgrade = new Set([
  'origin',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'x-stream-protocol-version',
]);

export interface RequestFields {
  readonly forwarded: HeaderList;
  readonly userAgent: string | undefined;
  /** W3C trace context, when it is well formed */
  readonly traceparent: string | undefined;
  /** a field that asks for another identity; the request must be refused */
  readonly impersonation: string | undefined;
}

const traceparentSyntax = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Sorts the fields of a request that asks for an upgrade or not. Hop-by-hop fields and credentials are dropped like all that is not on the list. */
export function requestFields(headers: HeaderList, isUpgrade: boolean): RequestFields {
  const list: HeaderList = [];
  let userAgent: string | undefined;
  let traceparent: string | undefined;
  let impersonation: string | undefined;
  for (const field of headers) {
    const name = field[0].toLowerCase();
    if (forwarded.has(name)) {
      list.push(field);
      if (name === 'user-agent') userAgent = field[1];
    } else if (isUpgrade && forwardedWithUpgrade.has(name)) {
      const value = name === 'sec-websocket-protocol' ? withoutBearerSubprotocol(field[1]) : field[1];
      if (value !== undefined) list.push([field[0], value]);
    } else if (name === 'traceparent') {
      if (traceparentSyntax.test(field[1])) traceparent = field[1];
    } else if (name.startsWith('impersonate')) impersonation = field[0];
  }
  return { forwarded: list, userAgent, traceparent, impersonation };
}

/** For tests: every name that can pass. */
export const forwardedNames: ReadonlySet<string> = new Set([...forwarded, ...forwardedWithUpgrade]);
