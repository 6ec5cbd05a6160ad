import type { HeaderList } from '@fairlead/http1';

/**
 * Hop-by-hop (RFC 9110 section 7.6.1): the client's connection has framing of its own. And Set-Cookie: whatever runs in a cluster must not
 * set cookies on the hub's origin, where the console keeps its session; no cookie is ever forwarded to a cluster either.
 */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'set-cookie',
  'te',
  'transfer-encoding',
  'upgrade',
]);
const lengthsOfDropped = new Set([...dropped].map((name) => name.length));

/** The API server's fields as the client gets them: spelling, order and repetition kept. */
export function responseFields(headers: HeaderList): HeaderList {
  for (const [name] of headers) {
    if (isDropped(name)) return headers.filter(([other]) => !isDropped(other));
  }
  return headers;
}

/** The fields of a 101: those of the upgrade itself belong to it. */
export function switchFields(headers: HeaderList, protocol: string): HeaderList {
  const spelled = headers.find(([name]) => name.toLowerCase() === 'upgrade')?.[1] ?? protocol;
  return [['Connection', 'Upgrade'], ['Upgrade', spelled], ...responseFields(headers)];
}

function isDropped(name: string): boolean {
  return lengthsOfDropped.has(name.length) && dropped.has(name.toLowerCase());
}
