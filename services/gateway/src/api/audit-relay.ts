// Relays /api/v1/audit/* to the audit service over mutual TLS. Who asks has been authenticated and authorised before; the audit service is told
// by a header that only a gateway's certificate may send.

import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { assertPeer } from '@fairlead/identity';
import { Problem } from './problem.ts';

export interface AuditRelay {
  /** `pathAndQuery` as the client sent it. Resolves with the answer's head; its body is still to be read. Rejects with Problem AUDIT_AWAY. */
  get(pathAndQuery: string, user: string, lastEventId: string | undefined): Promise<IncomingMessage>;
  close(): void;
}

const headTimeoutMs = 10_000;

/** `files`: this gateway's own certificate, read again for each new connection. */
export function auditRelay(
  url: string,
  trustDomain: string,
  files: { ca: string; cert: string; key: string },
): AuditRelay {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    get: (pathAndQuery, user, lastEventId) =>
      new Promise((resolve, reject) => {
        const away = (cause: unknown) =>
          reject(
            new Problem(503, 'AUDIT_AWAY', 'The audit service does not answer; try again in a moment', {
              cause,
              headers: { 'retry-after': '2' },
            }),
          );
        const sent = request(new URL(pathAndQuery, url), {
          agent,
          ca: readFileSync(files.ca),
          cert: readFileSync(files.cert),
          key: readFileSync(files.key),
          minVersion: 'TLSv1.3',
          // Components are told apart by their one URI name, not by where they live.
          checkServerIdentity: (_host, certificate) => {
            try {
              assertPeer(certificate, {
                trustDomain,
                allow: (name) => name.kind === 'hub' && name.component === 'audit',
              });
              return undefined;
            } catch (error) {
              return error as Error;
            }
          },
          timeout: headTimeoutMs,
          headers: {
            accept: 'application/json',
            'x-fairlead-user': encodeURIComponent(user),
            ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
          },
        });
        sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
        sent.on('response', (response) => {
          sent.setTimeout(0);
          resolve(response);
        });
        sent.on('error', away);
        sent.end();
      }),
    close: () => agent.destroy(),
  };
}
