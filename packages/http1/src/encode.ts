// Messages to bytes. Whatever the caller passes, the bytes hold exactly one head: what could end a line or a head early, or
// frame the body in two ways, is refused (RFC 9112 section 11).

import { isFieldText, isTargetText, isToken } from './characters.ts';
import type { HeaderList } from './message.ts';

/** A head that cannot be written as one. The message text holds no value. */
export class HttpEncodeError extends Error {
  /** Stable, for example `HTTP_ENCODE_VALUE`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'HttpEncodeError';
    this.code = code;
  }
}

/** The end of a chunked body without trailers. */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n', 'latin1');

const CRLF: Buffer = Buffer.from('\r\n', 'latin1');
const CONTENT_LENGTH = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * A request of HTTP/1.1 up to and including the empty line.
 * Throws HttpEncodeError: HTTP_ENCODE_METHOD (no token), HTTP_ENCODE_TARGET (empty, or a byte that the parser refuses),
 * HTTP_ENCODE_NAME, HTTP_ENCODE_VALUE (control characters, characters above U+00FF), HTTP_ENCODE_FRAMING (both or twice
 * Content-Length and Transfer-Encoding, or a value that the parser refuses).
 */
export function encodeRequestHead(method: string, target: string, headers: HeaderList): Buffer {
  if (!isToken(method)) throw new HttpEncodeError('HTTP_ENCODE_METHOD', 'The method is not a token.');
  if (!isTargetText(target)) {
    throw new HttpEncodeError(
      'HTTP_ENCODE_TARGET',
      'The request target is empty or holds a byte that must be percent-encoded.',
    );
  }
  return encodeLines(`${method} ${target} HTTP/1.1\r\n`, headers);
}

/**
 * A response of HTTP/1.1 up to and including the empty line.
 * Throws HttpEncodeError: HTTP_ENCODE_STATUS (not an integer of 100 to 599), HTTP_ENCODE_REASON, and as encodeRequestHead.
 */
export function encodeResponseHead(status: number, reason: string, headers: HeaderList): Buffer {
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    throw new HttpEncodeError('HTTP_ENCODE_STATUS', 'The status is not an integer from 100 to 599.');
  }
  if (!isFieldText(reason))
    throw new HttpEncodeError('HTTP_ENCODE_REASON', 'The reason phrase holds a control character.');
  return encodeLines(`HTTP/1.1 ${status} ${reason}\r\n`, headers);
}

/** Size line, data, CRLF; no buffers for empty data, since an empty chunk would end the body. The data is not copied. */
export function encodeChunk(data: Buffer): Buffer[] {
  if (data.length === 0) return [];
  return [Buffer.from(`${data.length.toString(16)}\r\n`, 'latin1'), data, CRLF];
}

/** The end of a chunked body. Throws HttpEncodeError: HTTP_ENCODE_NAME, HTTP_ENCODE_VALUE, HTTP_ENCODE_FRAMING (a framing field). */
export function encodeLastChunk(trailers: HeaderList): Buffer {
  if (trailers.length === 0) return LAST_CHUNK;
  for (const [name] of trailers) {
    if (isFraming(name)) {
      throw new HttpEncodeError('HTTP_ENCODE_FRAMING', 'Framing fields have no place in trailers.');
    }
  }
  return encodeLines('0\r\n', trailers);
}

function encodeLines(startLine: string, headers: HeaderList): Buffer {
  let text = startLine;
  let isFramed = false;
  for (const [name, value] of headers) {
    if (!isToken(name)) throw new HttpEncodeError('HTTP_ENCODE_NAME', 'A field name is not a token.');
    if (!isFieldText(value)) {
      throw new HttpEncodeError(
        'HTTP_ENCODE_VALUE',
        `The value of ${name} holds a control character or one above U+00FF.`,
      );
    }
    if (isFraming(name)) {
      if (isFramed) {
        throw new HttpEncodeError('HTTP_ENCODE_FRAMING', 'Content-Length and Transfer-Encoding: one of them, once.');
      }
      isFramed = true;
      const isLegal = name.length === 14 ? CONTENT_LENGTH.test(value) : value === 'chunked';
      if (!isLegal)
        throw new HttpEncodeError('HTTP_ENCODE_FRAMING', 'Content-Length or Transfer-Encoding has an illegal value.');
    }
    text += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}

function isFraming(name: string): boolean {
  if (name.length !== 14 && name.length !== 17) return false;
  const lower = name.toLowerCase();
  return lower === 'content-length' || lower === 'transfer-encoding';
}
