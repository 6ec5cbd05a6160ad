import { hash } from 'node:crypto';
import { type AccessToken, type AccessTokens, IdentityError } from '@fairlead/identity';
import { AuthenticationError } from './authentication-error.ts';
import type { Caller } from './caller.ts';
import type { ForeignIssuers } from './foreign-issuers.ts';

export interface AuthenticatorOptions {
  readonly tokens: Pick<AccessTokens, 'useOf' | 'verify'>;
  readonly issuers: ForeignIssuers;
  /** how long a session lasts: the longest that a stream opened with one of its kubeconfig credentials may live */
  readonly sessionMs: number;
  readonly maxCallers?: number;
  /** ms since the epoch */
  readonly now?: () => number;
}

/** For what a token is shown: the proxy of one cluster, or the management API, which takes no kubeconfig credentials. */
export type Purpose = { readonly clusterId: string } | 'management';

/**
 * Tells who a bearer token speaks for. A token is verified once and then remembered by its SHA-256 until it expires (reference/security.md 3.4:
 * 3 µs instead of 100 to 400).
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #maxCallers: number;
  readonly #now: () => number;
  readonly #callers = new Map<string, Caller>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#maxCallers = options.maxCallers ?? 20_000;
    this.#now = options.now ?? Date.now;
  }

  /**
   * At once for what is remembered and for the hub's own tokens; a promise for those of other issuers.
   * Throws or rejects with AuthenticationError: CREDENTIAL_MISSING, TOKEN_EXPIRED, TOKEN_WRONG_AUDIENCE, TOKEN_WRONG_USE, and those of ForeignIssuers
   * and AccessTokens.
   */
  authenticate(token: string | undefined, purpose: Purpose): Caller | Promise<Caller> {
    if (token === undefined) {
      throw new AuthenticationError(
        'CREDENTIAL_MISSING',
        "The request carries no credential; run 'fairlead login' and use the kubeconfig that 'fairlead kubeconfig' gives",
      );
    }
    const key = hash('sha256', token, 'base64');
    const remembered = this.#callers.get(key);
    if (remembered !== undefined) {
      if (remembered.expiresAtMs > this.#now()) return checked(remembered, purpose);
      this.#callers.delete(key);
      throw expired();
    }
    const use = this.#options.tokens.useOf(token);
    if (use === undefined) return this.#authenticateForeign(token, key, purpose);
    const caller = this.#verifyOwn(token, use, purpose);
    this.#remember(key, caller);
    return caller;
  }

  /** The credentials of a session that has ended, or of anybody else that must not be known any more. */
  forget(isEnded: (caller: Caller) => boolean): void {
    for (const [key, caller] of this.#callers) if (isEnded(caller)) this.#callers.delete(key);
  }

  #verifyOwn(token: string, use: 'session' | 'kubeconfig', purpose: Purpose): Caller {
    if (use === 'kubeconfig' && purpose === 'management') throw wrongUse();
    const audiences =
      use === 'session' || purpose === 'management' ? ['fairlead'] : [`cluster:${purpose.clusterId}`, 'fleet'];
    let verified: AccessToken;
    try {
      verified = this.#options.tokens.verify(token, { use, audiences }, this.#now());
    } catch (error) {
      if (error instanceof IdentityError) throw new AuthenticationError(error.code, error.message, { cause: error });
      throw error;
    }
    const { principal, audience, id, sessionId } = verified;
    const expiresAtMs = verified.expiresAt * 1000;
    return {
      principal,
      credential: use,
      credentialId: id,
      ...(use === 'session' ? { sessionId: id } : sessionId === undefined ? {} : { sessionId }),
      expiresAtMs,
      // kubectl renews its credential every ten minutes and cannot renew it on an open stream: that one lives as long as the session may.
      streamsEndAtMs: use === 'session' ? expiresAtMs : verified.issuedAt * 1000 + this.#options.sessionMs,
      clusterId: audience.startsWith('cluster:') ? audience.slice('cluster:'.length) : undefined,
    };
  }

  async #authenticateForeign(token: string, key: string, purpose: Purpose): Promise<Caller> {
    const { user, groups, issuer, tokenId, expiresAtMs } = await this.#options.issuers.verify(token);
    const caller: Caller = {
      principal: { user, groups, extra: {}, issuer },
      credential: 'jwt',
      credentialId: tokenId ?? `sha256:${key.slice(0, 22)}`,
      expiresAtMs,
      streamsEndAtMs: expiresAtMs,
      clusterId: undefined,
    };
    this.#remember(key, caller);
    return checked(caller, purpose);
  }

  #remember(key: string, caller: Caller): void {
    if (this.#callers.size >= this.#maxCallers) {
      const [oldest] = this.#callers.keys();
      if (oldest !== undefined) this.#callers.delete(oldest);
    }
    this.#callers.set(key, caller);
  }
}

function checked(caller: Caller, purpose: Purpose): Caller {
  if (purpose === 'management') {
    if (caller.credential === 'kubeconfig') throw wrongUse();
  } else if (caller.clusterId !== undefined && caller.clusterId !== purpose.clusterId) {
    throw new AuthenticationError(
      'TOKEN_WRONG_AUDIENCE',
      'The credential was issued for another cluster; use the one of this cluster’s context',
    );
  }
  return caller;
}

function expired(): AuthenticationError {
  return new AuthenticationError(
    'TOKEN_EXPIRED',
    "The credential has expired; run 'fairlead login' again if it is not renewed by itself",
  );
}

function wrongUse(): AuthenticationError {
  return new AuthenticationError(
    'TOKEN_WRONG_USE',
    'A kubeconfig credential is for clusters only; use a session for the management API',
  );
}
