import { noQuery, parseQuery, type Query, type QueryFault } from './query.ts';
import { namespaceSubresources } from './request-attributes.ts';

/** A request target that our parser and the API server's read alike. */
export interface RequestTarget {
  readonly method: string;
  /** what to forward, byte for byte as it came */
  readonly target: string;
  /** decoded once, as Go's URL.Path */
  readonly path: string;
  readonly query: Query;
}

export type PathErrorCode =
  | 'METHOD_NOT_ALLOWED'
  | 'TARGET_FORM'
  | 'PATH_CHARACTER'
  | 'PATH_ESCAPE'
  | 'PATH_EMPTY_SEGMENT'
  | 'PATH_DOT_SEGMENT'
  | QueryFault;

/** Why a request target was refused. Returned, not thrown: hostile targets must stay as cheap as good ones. */
export class PathError {
  readonly code: PathErrorCode;
  /** HTTP status of the answer: 405 for METHOD_NOT_ALLOWED, else 400 */
  readonly status: 400 | 405;
  readonly message: string;
  constructor(code: PathErrorCode) {
    this.code = code;
    this.status = code === 'METHOD_NOT_ALLOWED' ? 405 : 400;
    this.message = messages[code];
  }
}

const messages: Record<PathErrorCode, string> = {
  METHOD_NOT_ALLOWED:
    'The method is not one that a Kubernetes API server serves; use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS',
  TARGET_FORM: 'The request target must be a path that begins with / (no absolute form, no authority, no *)',
  PATH_CHARACTER: "The path holds a character outside A-Z a-z 0-9 . _ ~ : @ ! $ & ' ( ) * + , = - , plain or encoded",
  PATH_ESCAPE: 'The path holds a % that does not begin an escape of two hexadecimal digits',
  PATH_EMPTY_SEGMENT: 'The path holds an empty segment (//)',
  PATH_DOT_SEGMENT: 'The path holds a segment . or .., plain or encoded',
  QUERY_CHARACTER: 'The query holds a space, #, a control character or a byte outside ASCII; encode it',
  QUERY_SEMICOLON: 'The query holds a semicolon, which the API server would drop with its parameter; encode it as %3B',
  QUERY_ESCAPE: 'The query holds a % that does not begin an escape of two hexadecimal digits',
  QUERY_ENCODING: 'The query holds a parameter that is not UTF-8',
  QUERY_TOO_LONG: 'The query holds more than 1000 parameters',
};

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Parses a request target in origin form (RFC 9112 section 3.2.1) and refuses, rather than normalises, whatever the API server might read
 * otherwise than we do: it decodes the path once and splits the result, without cleaning it.
 *
 * One slash at the end is accepted (the API server trims it too). What stands behind the `proxy` subresource belongs to another server
 * and may hold empty segments and any escape but %00; dot segments are refused there too.
 */
export function parseRequestTarget(method: string, target: string): RequestTarget | PathError {
  if (!methods.has(method)) return new PathError('METHOD_NOT_ALLOWED');
  if (target.charCodeAt(0) !== slash) return new PathError('TARGET_FORM');
  const mark = target.indexOf('?');
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  if (path instanceof PathError) return path;
  const query = mark < 0 ? noQuery : parseQuery(target.slice(mark + 1));
  return typeof query === 'string' ? new PathError(query) : { method, target, path, query };
}

const slash = 0x2f;
const plainPath = /^(?:\/[A-Za-z0-9._~:@!$&'()*+,=-]+)+\/?$/;
const dotSegment = /\/\.{1,2}(?:\/|$)/;
const segmentCharacters = /^[A-Za-z0-9._~:@!$&'()*+,=-]+$/;
/** RFC 3986 pchar and /, with `%` judged apart */
const tailCharacters = /^[A-Za-z0-9._~:@!$&'()*+,;=%/-]*$/;
const badEscape = /%(?![0-9A-Fa-f]{2})/;

function decodePath(raw: string): string | PathError {
  if (raw === '/') return raw;
  if (plainPath.test(raw)) return dotSegment.test(raw) ? new PathError('PATH_DOT_SEGMENT') : raw;
  if (badEscape.test(raw)) return new PathError('PATH_ESCAPE');
  const segments = raw.slice(1).split('/');
  const front: string[] = [];
  for (const [index, segment] of segments.entries()) {
    if (isBehindProxy(front)) {
      const tail = decodeProxyTail(segments.slice(index).join('/'));
      return tail instanceof PathError ? tail : `/${front.join('/')}/${tail}`;
    }
    if (segment === '') {
      if (index > 0 && index === segments.length - 1) return `/${front.join('/')}/`;
      return new PathError('PATH_EMPTY_SEGMENT');
    }
    const decoded = decodeSegment(segment);
    if (decoded instanceof PathError) return decoded;
    front.push(decoded);
  }
  return `/${front.join('/')}`;
}

function decodeSegment(segment: string): string | PathError {
  // Every accepted character is ASCII, so an escape stands for one character.
  const decoded = segment.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  if (decoded === '.' || decoded === '..') return new PathError('PATH_DOT_SEGMENT');
  return segmentCharacters.test(decoded) ? decoded : new PathError('PATH_CHARACTER');
}

/** True when the segments so far end in a proxy subresource, as RequestInfo counts: [namespaces/ns/]resource/name/proxy. */
function isBehindProxy(front: readonly string[]): boolean {
  if (front.at(-1) !== 'proxy') return false;
  const start = front[0] === 'api' ? 2 : front[0] === 'apis' ? 3 : undefined;
  if (start === undefined || front[start] === 'watch' || front[start] === 'proxy') return false;
  if (front[start] !== 'namespaces') return front.length === start + 3;
  return front.length === start + 5 && !namespaceSubresources.has(front[start + 2] ?? '');
}

function decodeProxyTail(tail: string): string | PathError {
  if (!tailCharacters.test(tail) || tail.includes('%00')) return new PathError('PATH_CHARACTER');
  const latin1 = tail.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  if (latin1.split(/[/\\]/).some((segment) => segment === '.' || segment === '..'))
    return new PathError('PATH_DOT_SEGMENT');
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
