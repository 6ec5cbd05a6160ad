import type { HeaderList } from '@fairlead/http1';
import { AuthenticationError } from './authentication-error.ts';

/** How a browser sends a token with a WebSocket, which cannot set Authorization (k8s.io/apiserver, authentication/request/websocket). */
export const bearerSubprotocol = 'base64url.bearer.authorization.k8s.io.';

const bearer = /^bearer +([A-Za-z0-9._~+/=-]+)$/i;

/**
 * The bearer token of a request, undefined when it has none. A token in the subprotocols of a WebSocket counts when there is no Authorization.
 * Throws CREDENTIAL_MALFORMED: not a bearer token, or more than one credential, of which another parser might take the other.
 */
export function bearerToken(headers: HeaderList): string | undefined {
  let authorization: string | undefined;
  let subprotocol: string | undefined;
  for (const [name, value] of headers) {
    // most names differ in length already
    if (name.length === 13 && name.toLowerCase() === 'authorization') {
      if (authorization !== undefined) throw malformed('There is more than one Authorization field; send one');
      authorization = value;
    } else if (name.length === 22 && name.toLowerCase() === 'sec-websocket-protocol') {
      for (const item of value.split(',')) {
        const protocol = item.trim();
        if (!protocol.startsWith(bearerSubprotocol)) continue;
        if (subprotocol !== undefined) throw malformed('There is more than one bearer subprotocol; offer one');
        subprotocol = protocol.slice(bearerSubprotocol.length);
      }
    }
  }
  if (authorization !== undefined) {
    if (subprotocol !== undefined)
      throw malformed('There is a token in Authorization and one in the subprotocols; send one');
    const token = bearer.exec(authorization)?.[1];
    if (token === undefined)
      throw malformed("Authorization is not 'Bearer' and a token; log in and send the hub's own token");
    return token;
  }
  if (subprotocol === undefined) return undefined;
  const token = Buffer.from(subprotocol, 'base64url').toString('latin1');
  if (!/^[A-Za-z0-9._~+/=-]+$/.test(token))
    throw malformed('The bearer subprotocol holds no base64url text of a token');
  return token;
}

/** Sec-WebSocket-Protocol without the token; undefined when nothing else was offered. */
export function withoutBearerSubprotocol(value: string): string | undefined {
  if (!value.includes(bearerSubprotocol)) return value;
  const others = value.split(',').filter((item) => !item.trim().startsWith(bearerSubprotocol));
  return others.length === 0 ? undefined : others.map((item) => item.trim()).join(', ');
}

function malformed(message: string): AuthenticationError {
  return new AuthenticationError('CREDENTIAL_MALFORMED', message);
}
