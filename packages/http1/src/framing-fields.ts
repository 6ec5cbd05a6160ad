// The fields that decide where a message ends and what becomes of its connection (RFC 9112 sections 6 and 9, RFC 9110
// sections 7.6, 7.8, 8.6, 10.1.1), and those that must not occur twice. Read one line at a time, so that a refusal depends
// on the bytes alone and never on how they were cut into packets.

import { HttpParseError } from './message.ts';

/** Lower-cased; the only two-token lists are those that browsers and kubectl's predecessors send. */
const CONNECTION_VALUES = new Map<string, { close: boolean; keepAlive: boolean; upgrade: boolean }>([
  ['close', { close: true, keepAlive: false, upgrade: false }],
  ['keep-alive', { close: false, keepAlive: true, upgrade: false }],
  ['upgrade', { close: false, keepAlive: false, upgrade: true }],
  ['keep-alive, upgrade', { close: false, keepAlive: true, upgrade: true }],
  ['upgrade, keep-alive', { close: false, keepAlive: true, upgrade: true }],
]);

const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const UPGRADE_PROTOCOL = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:\/[a-z0-9!#$%&'*+.^_`|~-]+)?$/;
const CODINGS_NOT_IMPLEMENTED = new Set(['compress', 'deflate', 'gzip', 'x-compress', 'x-gzip']);

export class FramingFields {
  /** Bytes, -1 if absent. */
  contentLength = -1;
  chunked = false;
  connection: { close: boolean; keepAlive: boolean; upgrade: boolean } | undefined;
  /** Lower-cased protocol, whatever Connection says. */
  upgrade: string | undefined;
  expectContinue = false;
  host = false;
  authorization = false;
  contentType = false;

  /** Notes a field of a request. Throws HttpParseError for what the file's head says. */
  noteOfRequest(name: string, value: string): void {
    // The length tells most names apart before anything is lower-cased.
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') this.#host(value);
        return;
      case 6:
        if (name.toLowerCase() === 'expect') this.#expect(value);
        return;
      case 12:
        if (name.toLowerCase() === 'content-type') {
          if (this.contentType) throw duplicate('CONTENT_TYPE', 'Content-Type');
          this.contentType = true;
        }
        return;
      case 13:
        if (name.toLowerCase() === 'authorization') {
          if (this.authorization) throw duplicate('AUTHORIZATION', 'Authorization');
          this.authorization = true;
        }
        return;
      default:
        this.noteOfResponse(name, value);
    }
  }

  /** Notes a field of a response: framing only, the rest is between the API server and the client. */
  noteOfResponse(name: string, value: string): void {
    switch (name.length) {
      case 7:
        if (name.toLowerCase() === 'upgrade') this.#upgrade(value);
        return;
      case 10:
        if (name.toLowerCase() === 'connection') this.#connection(value);
        return;
      case 14:
        if (name.toLowerCase() === 'content-length') {
          if (this.contentLength !== -1) throw duplicate('CONTENT_LENGTH', 'Content-Length');
          this.contentLength = parseContentLength(value);
        }
        return;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') this.#transferEncoding(value);
        return;
    }
  }

  #host(value: string): void {
    if (this.host) throw duplicate('HOST', 'Host');
    if (!HOST.test(value)) throw new HttpParseError(400, 'HTTP_INVALID_HOST', 'The Host field is not host[:port].');
    this.host = true;
  }

  #expect(value: string): void {
    if (this.expectContinue) throw duplicate('EXPECT', 'Expect');
    if (value.toLowerCase() !== '100-continue') {
      throw new HttpParseError(417, 'HTTP_UNKNOWN_EXPECTATION', 'Expect asks for something other than 100-continue.');
    }
    this.expectContinue = true;
  }

  #connection(value: string): void {
    if (this.connection !== undefined) throw duplicate('CONNECTION', 'Connection');
    this.connection = CONNECTION_VALUES.get(value.toLowerCase());
    if (this.connection === undefined) {
      throw new HttpParseError(
        400,
        'HTTP_INVALID_CONNECTION',
        'Connection may only be keep-alive, close or upgrade: it names no other fields here.',
      );
    }
  }

  #upgrade(value: string): void {
    if (this.upgrade !== undefined) throw duplicate('UPGRADE', 'Upgrade');
    const protocol = value.toLowerCase();
    if (!UPGRADE_PROTOCOL.test(protocol)) {
      throw new HttpParseError(400, 'HTTP_INVALID_UPGRADE', 'Upgrade must name exactly one protocol.');
    }
    this.upgrade = protocol;
  }

  #transferEncoding(value: string): void {
    if (this.chunked) throw duplicate('TRANSFER_ENCODING', 'Transfer-Encoding');
    if (CODINGS_NOT_IMPLEMENTED.has(value)) {
      throw new HttpParseError(
        501,
        'HTTP_UNKNOWN_TRANSFER_CODING',
        'Transfer codings other than chunked are not served.',
      );
    }
    if (value !== 'chunked') {
      throw new HttpParseError(400, 'HTTP_INVALID_TRANSFER_ENCODING', 'Transfer-Encoding must be exactly "chunked".');
    }
    this.chunked = true;
  }

  /** Refuses Content-Length beside Transfer-Encoding, and Transfer-Encoding before HTTP/1.1. */
  checkFraming(minor: 0 | 1): void {
    if (!this.chunked) return;
    if (this.contentLength !== -1) {
      throw new HttpParseError(
        400,
        'HTTP_CONTENT_LENGTH_AND_TRANSFER_ENCODING',
        'A message has Content-Length or Transfer-Encoding, never both.',
      );
    }
    if (minor === 0) {
      throw new HttpParseError(400, 'HTTP_TRANSFER_ENCODING_IN_HTTP_1_0', 'HTTP/1.0 has no Transfer-Encoding.');
    }
  }
}

function duplicate(code: string, name: string): HttpParseError {
  return new HttpParseError(400, `HTTP_DUPLICATE_${code}`, `${name} occurs more than once.`);
}

const DECIMAL = /^[0-9]+$/;

/** Bytes. One spelling for each number: no sign, space, list, leading zero; below 2^53. */
function parseContentLength(value: string): number {
  if (!DECIMAL.test(value) || (value.length > 1 && value.startsWith('0'))) {
    throw new HttpParseError(400, 'HTTP_INVALID_CONTENT_LENGTH', 'Content-Length is not one plain decimal number.');
  }
  const length = Number(value);
  if (!Number.isSafeInteger(length)) {
    throw new HttpParseError(413, 'HTTP_CONTENT_LENGTH_TOO_LARGE', 'Content-Length is 2^53 bytes or more.');
  }
  return length;
}

const REFUSED_TRAILERS = new Set([
  'audit-id',
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'location',
  'max-forwards',
  'range',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);
const REFUSED_TRAILER_PREFIXES = [
  'impersonate',
  'proxy-',
  'sec-',
  'x-forwarded',
  'x-http-method',
  'x-original-',
  'x-remote-',
];

/** RFC 9110 section 6.5.1: what frames, routes, authenticates or describes content has no place after the content. */
export function isRefusedTrailer(name: string): boolean {
  const lower = name.toLowerCase();
  return REFUSED_TRAILERS.has(lower) || REFUSED_TRAILER_PREFIXES.some((prefix) => lower.startsWith(prefix));
}
