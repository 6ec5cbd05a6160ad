/** Decoded query parameters in order of appearance. The API server reads the first value of a key that it knows. */
export type Query = ReadonlyMap<string, readonly string[]>;

export type QueryFault = 'QUERY_CHARACTER' | 'QUERY_SEMICOLON' | 'QUERY_ESCAPE' | 'QUERY_ENCODING' | 'QUERY_TOO_LONG';

/** More than any client sends; Go's url.ParseQuery gives up at 10,000 and then sees none. */
const maxParameters = 1000;

export const noQuery: Query = new Map();

/**
 * Parses what stands after `?` as Go's url.ParseQuery does, and names a fault wherever that would drop a pair without a word: the API
 * server ignores the error, so such a pair would be visible to one parser and not to the other.
 */
export function parseQuery(text: string): Query | QueryFault {
  if (text === '') return noQuery;
  if (!visibleAscii.test(text)) return 'QUERY_CHARACTER';
  if (text.includes(';')) return 'QUERY_SEMICOLON';
  const pairs = text.split('&', maxParameters + 1);
  if (pairs.length > maxParameters) return 'QUERY_TOO_LONG';
  const query = new Map<string, string[]>();
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const rawKey = equals < 0 ? pair : pair.slice(0, equals);
    const rawValue = equals < 0 ? '' : pair.slice(equals + 1);
    if (badEscape.test(pair)) return 'QUERY_ESCAPE';
    const key = decodeStrictly(rawKey);
    if (key === undefined) return 'QUERY_ENCODING';
    // Arguments of exec may be any bytes; they travel untouched in the target, here they are only looked at.
    const value = decodeStrictly(rawValue) ?? (interpreted.has(key) ? undefined : decodeLossily(rawValue));
    if (value === undefined) return 'QUERY_ENCODING';
    const values = query.get(key);
    if (values === undefined) query.set(key, [value]);
    else values.push(value);
  }
  return query;
}

/** A boolean parameter as the API server reads it: absent, `0` and `false` (any case) are false, everything else is true, also the empty text. */
export function isTrue(query: Query, key: string): boolean {
  const value = query.get(key)?.[0];
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}

const visibleAscii = /^[!-"$-~]*$/; // without '#'
const badEscape = /%(?![0-9A-Fa-f]{2})/;

/** Parameters whose value decides about verb, name or selectors. */
const interpreted = new Set(['watch', 'fieldSelector', 'labelSelector', 'limit', 'timeoutSeconds', 'follow']);

function decodeStrictly(text: string): string | undefined {
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    return undefined;
  }
}

function decodeLossily(text: string): string {
  const latin1 = text
    .replaceAll('+', ' ')
    .replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
