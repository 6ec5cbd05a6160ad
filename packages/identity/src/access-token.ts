// The gateway's own tokens, JWTs (RFC 7519) so that tools can show them: a session from login, and the short-lived credential that a kubeconfig's
// exec plugin fetches with it. The header of ours is one of two fixed texts, so a token's header decides nothing (RFC 8725 sections 3.1, 3.11).
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { decodeBase64url, rawPublicKey, signatureBytes } from './ed25519.ts';
import { IdentityError } from './identity-error.ts';
import { asPrincipal, isRecord, type Principal } from './principal.ts';

export type AccessTokenUse = 'session' | 'kubeconfig';

export interface AccessToken {
  readonly use: AccessTokenUse;
  readonly principal: Principal;
  /** `fairlead` (session), `cluster:<id>` or `fleet` (kubeconfig) */
  readonly audience: string;
  /** seconds since the epoch */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** jti */
  readonly id: string;
  /** jti of the session that asked for it */
  readonly sessionId?: string;
}

export type AccessTokenDraft =
  | { readonly use: 'session'; readonly principal: Principal }
  | {
      readonly use: 'kubeconfig';
      readonly principal: Principal;
      readonly audience: string;
      readonly sessionId?: string;
    };

export interface AccessTokenExpectation {
  readonly use: AccessTokenUse;
  /** any of these will do */
  readonly audiences: readonly string[];
}

const issuer = 'fairlead';
/** What a session's token is for: the gateway's own API. */
export const sessionAudience = 'fairlead';
const lifeSeconds: Record<AccessTokenUse, number> = { session: 12 * 3600, kubeconfig: 600 };
/** Between two gateways of one hub. */
const skewSeconds = 30;
/** Above the largest that a principal within an internal credential's limits makes. */
const maxTokenBytes = 65_536;

/** PKCS8 PEM of a new Ed25519 key, for hub/gateway/login.key. */
export function createLoginKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export class AccessTokens {
  readonly #key: KeyObject;
  /** header segment of each use, dot included */
  readonly #heads: Record<AccessTokenUse, string>;
  readonly #maxEntries: number;
  /** by SHA-256 of the token: those whose signature holds. Audience and time are compared each time. */
  readonly #verified = new Map<string, AccessToken>();

  /** @param options.loginKey PKCS8 PEM of an Ed25519 key, shared by all gateways */
  constructor({ loginKey, maxEntries = 20_000 }: { loginKey: string; maxEntries?: number }) {
    this.#key = createPrivateKey(loginKey);
    if (this.#key.asymmetricKeyType !== 'ed25519') {
      throw new IdentityError('LOGIN_KEY_NOT_ALLOWED', 'login.key holds another kind of key; it has to be Ed25519');
    }
    // RFC 7638 with the members of RFC 8037
    const jwk = `{"crv":"Ed25519","kty":"OKP","x":"${rawPublicKey(this.#key)}"}`;
    const kid = createHash('sha256').update(jwk).digest('base64url');
    const head = (use: AccessTokenUse) =>
      `${Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: typeOf(use), kid })).toString('base64url')}.`;
    this.#heads = { session: head('session'), kubeconfig: head('kubeconfig') };
    this.#maxEntries = maxEntries;
  }

  issue(draft: AccessTokenDraft, nowMs: number = Date.now()): { token: string; expiresAt: number; id: string } {
    const issuedAt = Math.floor(nowMs / 1000);
    const expiresAt = issuedAt + lifeSeconds[draft.use];
    const id = randomUUID();
    const claims = {
      iss: issuer,
      aud: draft.use === 'session' ? sessionAudience : draft.audience,
      sub: draft.principal.user,
      iat: issuedAt,
      exp: expiresAt,
      jti: id,
      ...(draft.use === 'kubeconfig' && draft.sessionId !== undefined ? { sid: draft.sessionId } : {}),
      principal: draft.principal,
    };
    const signed = this.#heads[draft.use] + Buffer.from(JSON.stringify(claims)).toString('base64url');
    const token = `${signed}.${sign(null, Buffer.from(signed), this.#key).toString('base64url')}`;
    return { token, expiresAt, id };
  }

  /** What a token says it is, not verified; undefined: not one of ours (an OIDC issuer's, say, or of a key of before). */
  useOf(token: string): AccessTokenUse | undefined {
    if (token.startsWith(this.#heads.kubeconfig)) return 'kubeconfig';
    return token.startsWith(this.#heads.session) ? 'session' : undefined;
  }

  /**
   * About 3 µs for a token that was seen before. Throws IdentityError TOKEN_MALFORMED, TOKEN_WRONG_USE, TOKEN_BAD_SIGNATURE, TOKEN_WRONG_AUDIENCE,
   * TOKEN_NOT_YET_VALID or TOKEN_EXPIRED.
   */
  verify(token: string, expected: AccessTokenExpectation, nowMs: number = Date.now()): AccessToken {
    const cacheKey = createHash('sha256').update(token).digest('latin1');
    let known = this.#verified.get(cacheKey);
    if (known === undefined) {
      known = this.#verifySignature(token);
      if (this.#verified.size >= this.#maxEntries) this.#makeRoom(nowMs);
      this.#verified.set(cacheKey, known);
    }
    try {
      assertGoodFor(known, expected, nowMs);
    } catch (error) {
      if (error instanceof IdentityError && error.code === 'TOKEN_EXPIRED') this.#verified.delete(cacheKey);
      throw error;
    }
    return known;
  }

  #verifySignature(token: string): AccessToken {
    if (token.length > maxTokenBytes) throw malformed(`it has ${token.length} characters`);
    const use = this.useOf(token);
    if (use === undefined) throw malformed('its header is not one that this hub writes');
    const head = this.#heads[use];
    const dot = token.indexOf('.', head.length);
    const claims = dot === -1 ? undefined : decodeBase64url(token.slice(head.length, dot));
    const signature = dot === -1 ? undefined : decodeBase64url(token.slice(dot + 1));
    if (claims === undefined || signature?.length !== signatureBytes) {
      throw malformed('it is not three parts of base64url');
    }
    // node:crypto takes the private key's public half
    if (!verify(null, Buffer.from(token.slice(0, dot)), this.#key, signature)) {
      throw new IdentityError('TOKEN_BAD_SIGNATURE', 'The token is not signed by this hub; log in again');
    }
    return readClaims(use, claims);
  }

  /** Drops what has expired, else a tenth of the oldest. */
  #makeRoom(nowMs: number): void {
    for (const [key, { expiresAt }] of this.#verified) {
      if (expiresAt * 1000 <= nowMs) this.#verified.delete(key);
    }
    let surplus = this.#verified.size - Math.floor(this.#maxEntries * 0.9);
    for (const key of this.#verified.keys()) {
      if (surplus-- <= 0) return;
      this.#verified.delete(key);
    }
  }
}

function assertGoodFor(token: AccessToken, expected: AccessTokenExpectation, nowMs: number): void {
  if (token.use !== expected.use) {
    throw new IdentityError('TOKEN_WRONG_USE', `This is a ${token.use} token; a ${expected.use} token is needed here`);
  }
  if (!expected.audiences.includes(token.audience)) {
    throw new IdentityError(
      'TOKEN_WRONG_AUDIENCE',
      `The token is for ${token.audience}, not for ${expected.audiences.join(' or ')}; ask for one for this place`,
    );
  }
  const nowSeconds = nowMs / 1000;
  if (nowSeconds < token.issuedAt - skewSeconds) {
    throw new IdentityError(
      'TOKEN_NOT_YET_VALID',
      'The token begins in the future; compare the clocks of the gateways',
    );
  }
  if (nowSeconds >= token.expiresAt) {
    const end = new Date(token.expiresAt * 1000).toISOString();
    throw new IdentityError(
      'TOKEN_EXPIRED',
      `The token ended at ${end}; ${token.use === 'session' ? 'log in again' : 'fetch a new one'}`,
    );
  }
}

/** Signed by us, so anything unexpected is an older or newer version's, not an attack; still refused. */
function readClaims(use: AccessTokenUse, bytes: Buffer): AccessToken {
  let claims: unknown;
  try {
    claims = JSON.parse(bytes.toString());
  } catch (cause) {
    throw malformed('its claims are not JSON', cause);
  }
  if (!isRecord(claims)) throw malformed('its claims are not an object');
  const { iss, aud, sub, iat, exp, jti, sid, principal: claimed } = claims;
  const principal = asPrincipal(claimed);
  const valid =
    iss === issuer &&
    typeof aud === 'string' &&
    typeof jti === 'string' &&
    (sid === undefined || typeof sid === 'string') &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp) &&
    principal !== undefined &&
    sub === principal.user;
  if (!valid) throw malformed('its claims are not those that this hub writes');
  return {
    use,
    principal,
    audience: aud,
    issuedAt: iat as number,
    expiresAt: exp as number,
    id: jti,
    ...(sid === undefined ? {} : { sessionId: sid }),
  };
}

const typeOf = (use: AccessTokenUse) => `fairlead-${use}+jwt`;

function malformed(why: string, cause?: unknown): IdentityError {
  return new IdentityError('TOKEN_MALFORMED', `This is not a token of this hub: ${why}`, { cause });
}
