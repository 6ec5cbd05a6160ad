import type { HeaderList } from './message.ts';

/** Throws HttpEncodeError on CR, LF, NUL or other control bytes, non-token names, characters above U+00FF, contradicting framing fields. */
export function encodeRequestHead(_method: string, _target: string, _headers: HeaderList): Buffer {
  throw new Error('being written');
}

export function encodeResponseHead(_status: number, _reason: string, _headers: HeaderList): Buffer {
  throw new Error('being written');
}

/** Size line, data, CRLF; no buffers for empty data (an empty chunk would end the body). */
export function encodeChunk(_data: Buffer): Buffer[] {
  throw new Error('being written');
}

export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n', 'latin1');

export function encodeLastChunk(_trailers: HeaderList): Buffer {
  throw new Error('being written');
}

export class HttpEncodeError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'HttpEncodeError';
    this.code = code;
  }
}
