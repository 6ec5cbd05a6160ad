/** A metav1.Status, as kubectl and client-go read it (k8s.io/apimachinery/pkg/apis/meta/v1/types.go). */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: { reason: string; message: string; field?: string }[];
    readonly retryAfterSeconds?: number;
  };
  readonly code: number;
}

const reasonOfCode: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  414: 'BadRequest',
  417: 'BadRequest',
  429: 'TooManyRequests',
  431: 'BadRequest',
  500: 'InternalError',
  502: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/**
 * A failure Status for an error of Fairlead's own.
 *
 * `cause` is our stable error code (for example `CLUSTER_AWAY`); it becomes a details.causes entry, so that a program can tell our errors
 * from those of the API server. `retryAfterSeconds` must also be sent as the Retry-After header.
 */
export function failure(
  code: number,
  message: string,
  details: { cause?: string; name?: string; group?: string; kind?: string; retryAfterSeconds?: number } = {},
): Status {
  const { cause, ...rest } = details;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: reasonOfCode[code] ?? 'Unknown',
    ...(cause === undefined && Object.keys(rest).length === 0
      ? {}
      : { details: { ...rest, ...(cause === undefined ? {} : { causes: [{ reason: cause, message }] }) } }),
    code,
  };
}
