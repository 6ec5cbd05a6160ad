import { STATUS_CODES } from 'node:http';

/** The usual reason phrase of a status (RFC 9110 section 15), '' for one without. */
export function reasonPhrase(status: number): string {
  return STATUS_CODES[status] ?? '';
}
