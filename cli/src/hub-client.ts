import { request } from 'node:https';
import type { HubProfile } from './profile.ts';

/** The hub refused or could not be reached: `code` is the hub's own stable code, or HUB_UNREACHABLE, HUB_UNTRUSTED, HUB_ANSWER_UNREADABLE. */
export class HubError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  constructor(message: string, code: string, status?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
  }
}

/** An answer is at most this long; a page of audit events is far below. */
const answerBytesMax = 64 * 1024 * 1024;
const timeoutMs = 30_000;

/**
 * Asks the hub's REST API. `body` is sent as JSON; the answer is the parsed JSON, or undefined for an empty one.
 * Throws HubError with the hub's own words for every status from 400 on (RFC 9457 problem or Kubernetes Status).
 */
export async function askHub<T>(
  hub: Pick<HubProfile, 'url' | 'ca'> & { session?: string | undefined },
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const url = new URL(path, hub.url);
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        agent: false,
        timeout: timeoutMs,
        ...(hub.ca === undefined ? {} : { ca: hub.ca }),
        headers: {
          accept: 'application/json',
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          ...(hub.session === undefined ? {} : { authorization: `Bearer ${hub.session}` }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > answerBytesMax) response.destroy(new Error(`the answer is longer than ${answerBytesMax} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    sent.on('error', reject);
    sent.end(payload);
  }).catch((error: NodeJS.ErrnoException) => {
    throw unreachable(url, error);
  });
  if (status >= 400) throw refusal(url, status, text);
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new HubError(
      `${url.origin} answered with something that is not JSON: is it a Fairlead hub?`,
      'HUB_ANSWER_UNREADABLE',
      status,
    );
  }
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function unreachable(url: URL, error: NodeJS.ErrnoException): HubError {
  if (error.code !== undefined && untrusted.has(error.code)) {
    return new HubError(
      `The certificate of ${url.origin} is not signed by an authority known here: log in again with --ca FILE, the hub's ca.crt`,
      'HUB_UNTRUSTED',
      undefined,
      error,
    );
  }
  return new HubError(
    `${url.origin} cannot be reached: ${error.message || error.code}`,
    'HUB_UNREACHABLE',
    undefined,
    error,
  );
}

function refusal(url: URL, status: number, text: string): HubError {
  let answer: Record<string, unknown> = {};
  try {
    answer = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // an answer without JSON is told by its status alone
  }
  const words = [answer.detail, answer.message, answer.title].find((word) => typeof word === 'string');
  const code = typeof answer.code === 'string' ? answer.code : `HTTP_${status}`;
  return new HubError(typeof words === 'string' ? words : `${url.origin} answered ${status}`, code, status);
}
