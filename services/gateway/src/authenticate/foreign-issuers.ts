// Users named by other issuers: JWTs of OpenID Connect providers and the like, by jose. What an issuer may say is limited to its own users:
// names that begin with `system:` (the API server's own) or `fairlead:` (the hub's own) are not an issuer's to give.

import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { IssuerConfig } from '../config.ts';
import { AuthenticationError } from './authentication-error.ts';

export interface ForeignUser {
  readonly user: string;
  readonly groups: readonly string[];
  readonly issuer: string;
  readonly tokenId: string | undefined;
  readonly expiresAtMs: number;
}

export interface ForeignIssuers {
  /** Rejects with AuthenticationError: TOKEN_MALFORMED, ISSUER_UNKNOWN, TOKEN_EXPIRED, TOKEN_REFUSED, ISSUER_AWAY. */
  verify(token: string): Promise<ForeignUser>;
}

/** Asymmetric only: a symmetric key would have to be a secret shared with the issuer (RFC 8725 section 3.1). */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const clockToleranceSeconds = 30;
const fetchTimeoutMs = 5_000;
const answerBytesMax = 1_048_576;
const maxGroups = 1_000;

/** Throws when a file of the configuration cannot be read. */
export function foreignIssuers(configs: readonly IssuerConfig[]): ForeignIssuers {
  const byIssuer = new Map(configs.map((config) => [config.issuer, { config, keys: keysOf(config) }]));
  return {
    async verify(token) {
      const known = byIssuer.get(issuerOf(token));
      if (known === undefined) {
        throw new AuthenticationError(
          'ISSUER_UNKNOWN',
          'The token is of an issuer that this hub does not know; ask its operator',
        );
      }
      const { config, keys } = known;
      let payload: JWTPayload;
      try {
        const verified = await jwtVerify(token, keys, {
          issuer: config.issuer,
          audience: config.audience,
          algorithms,
          clockTolerance: clockToleranceSeconds,
          requiredClaims: ['exp', 'iss', 'aud', config.userClaim],
        });
        payload = verified.payload;
      } catch (error) {
        throw refusal(error, config);
      }
      return userOf(payload, config);
    },
  };
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch (cause) {
    throw new AuthenticationError(
      'TOKEN_MALFORMED',
      'The bearer token is not one that this hub can read; log in again',
      { cause },
    );
  }
}

function refusal(error: unknown, { issuer, audience }: IssuerConfig): AuthenticationError {
  const options = { cause: error };
  if (error instanceof errors.JWTExpired) {
    return new AuthenticationError('TOKEN_EXPIRED', `The token of ${issuer} has expired; log in again`, options);
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const hint = error.claim === 'aud' ? `; this hub expects ${audience}` : '';
    return new AuthenticationError(
      'TOKEN_REFUSED',
      `The token of ${issuer} has an unusable claim ${error.claim}${hint}`,
      options,
    );
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return new AuthenticationError('TOKEN_REFUSED', `The token is not signed with a key of ${issuer}`, options);
  }
  if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) {
    return new AuthenticationError('TOKEN_REFUSED', `The token of ${issuer} is not one that this hub accepts`, options);
  }
  return new AuthenticationError(
    'ISSUER_AWAY',
    `The keys of ${issuer} cannot be had now; try again in a moment`,
    options,
  );
}

const reserved = (name: string) => name.startsWith('system:') || name.startsWith('fairlead:');

function userOf(payload: JWTPayload, config: IssuerConfig): ForeignUser {
  const claim = payload[config.userClaim];
  const user = typeof claim === 'string' && claim !== '' ? config.prefix + claim : '';
  if (user === '' || reserved(user)) {
    throw new AuthenticationError(
      'TOKEN_REFUSED',
      `The claim ${config.userClaim} of the token names no user that ${config.issuer} may name`,
    );
  }
  const groups = payload[config.groupsClaim];
  const names = (typeof groups === 'string' ? [groups] : Array.isArray(groups) ? groups : [])
    .filter((name): name is string => typeof name === 'string' && name !== '')
    .map((name) => config.prefix + name);
  if (names.length > maxGroups) {
    throw new AuthenticationError('TOKEN_REFUSED', `The token names more than ${maxGroups} groups`);
  }
  return {
    user,
    groups: names.filter((name) => !reserved(name)),
    issuer: config.issuer,
    tokenId: typeof payload.jti === 'string' ? payload.jti : undefined,
    expiresAtMs: (payload.exp as number) * 1000,
  };
}

function keysOf({ issuer, jwksFile, jwksUrl, caFile }: IssuerConfig): JWTVerifyGetKey {
  if (jwksFile !== undefined) return createLocalJWKSet(JSON.parse(readFileSync(jwksFile, 'utf8')));
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  const remote = (url: string) =>
    createRemoteJWKSet(new URL(url), {
      timeoutDuration: fetchTimeoutMs,
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
      [customFetch]: async (target: string) => new Response(await get(target, ca)),
    });
  if (jwksUrl !== undefined) return remote(jwksUrl);
  let discovered: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    discovered ??= discover(issuer, ca).then(remote);
    const keys = await discovered.catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return keys(header, token);
  };
}

/** OpenID Connect Discovery 1.0 section 4. */
async function discover(issuer: string, ca: string | undefined): Promise<string> {
  const text = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, ca);
  const { issuer: said, jwks_uri: url } = JSON.parse(text) as { issuer?: unknown; jwks_uri?: unknown };
  if (said !== issuer || typeof url !== 'string') throw new Error(`The configuration of ${issuer} is not its own`);
  return url;
}

function get(url: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent: false, timeout: fetchTimeoutMs, ...(ca === undefined ? {} : { ca }) },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > answerBytesMax)
            response.destroy(new Error(`${url} answered with more than ${answerBytesMax} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`${url} answered ${response.statusCode}`));
        });
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`${url} did not answer in time`)));
    sent.on('error', reject);
    sent.end();
  });
}
