import { reasonPhrase } from '../listen/reason-phrase.ts';

/** A refusal of the management API, answered as application/problem+json (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  /** stable, for programs */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    detail: string,
    options: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

export const problemType = 'application/problem+json';

/** `about:blank`: the status says what kind of problem it is; `code` says which, `detail` says what to do. */
export function problemBody({ status, code, message }: Pick<Problem, 'status' | 'code' | 'message'>, auditID?: string) {
  return {
    type: 'about:blank',
    title: reasonPhrase(status),
    status,
    detail: message,
    code,
    ...(auditID === undefined ? {} : { auditID }),
  };
}
