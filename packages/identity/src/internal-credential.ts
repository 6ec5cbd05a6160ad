// The statement by which a gateway tells stub and agent who asks, for which cluster.
//
// Bytes: Ed25519 signature (64) over `fairlead-internal-credential-v1\0` and the statement, then the statement: JSON in the one form that
// encode() gives it. No header chooses an algorithm, nothing is parsed before the signature holds, and what is not byte for byte what
// we would have written is refused: no second key, no extra field, no other spelling.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { isClusterId } from './component-name.ts';
import { publicKeyFromRaw, rawPublicKey, signatureBytes } from './ed25519.ts';
import { IdentityError } from './identity-error.ts';
import { asPrincipal, canonicalPrincipal, isRecord, type Principal } from './principal.ts';

/**
 * Signed with the gateway instance's own Ed25519 credential key, which lives in its memory only and which its peers learn inside mutual
 * TLS (HELLO on a stub link, the sealed handshake at an agent): so a credential is good only from the gateway at the other end.
 */
export interface InternalCredential {
  /** gateway instance that signed it (cnf) */
  readonly gateway: string;
  /** audience: cluster id */
  readonly clusterId: string;
  readonly principal: Principal;
  /** seconds since the epoch; expiresAt − issuedAt ≤ 60 */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly id: string;
}

export interface CredentialExpectation {
  /** base64url of the raw 32 bytes: `credentialKey` of HELLO and of the sealed handshake */
  readonly publicKey: string;
  /** instance at the other end */
  readonly gateway: string;
  readonly clusterId: string;
  /** the clock unless told */
  readonly nowMs?: number;
}

export const credentialLifeSeconds = 60;
/** Clocks of hub and clusters may differ by so much. */
export const credentialSkewSeconds = 30;
/** Some hundreds of groups fit; OPEN has room for 65,535. */
export const maxCredentialBytes = 32_768;

const domain = Buffer.from('fairlead-internal-credential-v1\0');
const gatewaySyntax = /^[0-9a-f]{12}$/;
const idSyntax = /^[0-9a-f]{16}$/;

/**
 * Throws IdentityError, in this order: CREDENTIAL_MALFORMED (size), CREDENTIAL_BAD_SIGNATURE, CREDENTIAL_MALFORMED (content),
 * CREDENTIAL_WRONG_CLUSTER, CREDENTIAL_WRONG_GATEWAY, CREDENTIAL_NOT_YET_VALID, CREDENTIAL_EXPIRED.
 */
export function verifyCredential(bytes: Uint8Array, expected: CredentialExpectation): InternalCredential {
  if (bytes.length <= signatureBytes || bytes.length > maxCredentialBytes) {
    throw malformed(`it has ${bytes.length} bytes`);
  }
  const statement = bytes.subarray(signatureBytes);
  const key = publicKeyFromRaw(expected.publicKey);
  const signature = bytes.subarray(0, signatureBytes);
  if (key === undefined || !verify(null, Buffer.concat([domain, statement]), key, signature)) {
    throw new IdentityError(
      'CREDENTIAL_BAD_SIGNATURE',
      `The internal credential is not signed by gateway ${expected.gateway}, which is at the other end`,
    );
  }
  const credential = decode(statement);
  assertGoodFor(credential, expected);
  return credential;
}

/** Makes this gateway's credentials: one for each principal and cluster, signed once and used until 15 s before its end. */
export class CredentialSigner {
  readonly gateway: string;
  /** base64url of the raw 32 bytes */
  readonly publicKey: string;
  readonly #key: KeyObject;
  readonly #maxEntries: number;
  readonly #signed = new Map<string, { readonly credential: SignedCredential; readonly freshUntilMs: number }>();
  /** principals are the same object from request to request, as the authenticator remembers them */
  readonly #principalKeys = new WeakMap<Principal, string>();

  /** @param options.gateway instance id, 12 lower-case hex digits */
  constructor({ gateway, maxEntries = 10_000 }: { gateway: string; maxEntries?: number }) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.gateway = gateway;
    this.publicKey = rawPublicKey(publicKey);
    this.#key = privateKey;
    this.#maxEntries = maxEntries;
  }

  /** Throws IdentityError CREDENTIAL_TOO_LARGE: the principal has more groups and extra values than fit into 32 KiB. */
  credentialFor(principal: Principal, clusterId: string, nowMs: number = Date.now()): SignedCredential {
    const key = `${clusterId} ${this.#principalKey(principal)}`;
    const known = this.#signed.get(key);
    if (known !== undefined && nowMs < known.freshUntilMs) return known.credential;

    const issuedAt = Math.floor(nowMs / 1000);
    const credential = signCredential(
      {
        gateway: this.gateway,
        clusterId,
        principal,
        issuedAt,
        expiresAt: issuedAt + credentialLifeSeconds,
        id: randomBytes(8).toString('hex'),
      },
      this.#key,
    );
    // deleted first, so that the map stays in order of age
    this.#signed.delete(key);
    dropOldest(this.#signed, this.#maxEntries);
    this.#signed.set(key, { credential, freshUntilMs: (issuedAt + credentialLifeSeconds - 15) * 1000 });
    return credential;
  }

  #principalKey(principal: Principal): string {
    let key = this.#principalKeys.get(principal);
    if (key === undefined) {
      key = JSON.stringify(canonicalPrincipal(principal));
      this.#principalKeys.set(principal, key);
    }
    return key;
  }
}

export interface SignedCredential {
  readonly bytes: Buffer;
  /** SHA-256 of bytes: what stands for them once the other side knows them */
  readonly hash: Buffer;
}

/** Throws IdentityError CREDENTIAL_TOO_LARGE. */
export function signCredential(credential: InternalCredential, key: KeyObject): SignedCredential {
  const statement = encode(credential);
  const signature = sign(null, Buffer.concat([domain, statement]), key);
  const bytes = Buffer.concat([signature, statement]);
  if (bytes.length > maxCredentialBytes) {
    throw new IdentityError(
      'CREDENTIAL_TOO_LARGE',
      `What vouches for this user takes ${bytes.length} bytes, more than ${maxCredentialBytes}; it has ${credential.principal.groups.length} groups: let the issuer send fewer`,
    );
  }
  return { bytes, hash: hashOf(bytes) };
}

/**
 * Credentials that this stub or agent has verified, by their hash, until they expire. Who is at the other end is compared each time: a known hash
 * is no use from another gateway or for another cluster.
 */
export class CredentialCache {
  readonly #maxEntries: number;
  readonly #verified = new Map<string, { readonly credential: InternalCredential; readonly publicKey: string }>();

  constructor({ maxEntries = 10_000 }: { maxEntries?: number } = {}) {
    this.#maxEntries = maxEntries;
  }

  /**
   * Undefined: not known here, the peer has to send it. Throws as verifyCredential when it is known and not good for this peer, cluster and time.
   *
   * @param hash SHA-256 of the credential's bytes
   */
  lookup(hash: Uint8Array, expected: CredentialExpectation): InternalCredential | undefined {
    const key = keyOf(hash);
    const known = this.#verified.get(key);
    if (known === undefined) return undefined;
    // instance ids are claims of their holders; the key that signed is what counts
    if (known.publicKey !== expected.publicKey) throw wrongGateway(known.credential, expected);
    try {
      assertGoodFor(known.credential, expected);
    } catch (error) {
      if (error instanceof IdentityError && error.code === 'CREDENTIAL_EXPIRED') this.#verified.delete(key);
      throw error;
    }
    return known.credential;
  }

  /** Verifies and remembers. Throws as verifyCredential, and CREDENTIAL_MALFORMED when the bytes do not have this hash. */
  admit(bytes: Uint8Array, hash: Uint8Array, expected: CredentialExpectation): InternalCredential {
    if (!hashOf(bytes).equals(hash)) throw malformed('it does not have the hash that came with it');
    const credential = verifyCredential(bytes, expected);
    dropOldest(this.#verified, this.#maxEntries);
    this.#verified.set(keyOf(hash), { credential, publicKey: expected.publicKey });
    return credential;
  }

  get size(): number {
    return this.#verified.size;
  }
}

function assertGoodFor(credential: InternalCredential, expected: CredentialExpectation): void {
  if (credential.clusterId !== expected.clusterId) {
    throw new IdentityError(
      'CREDENTIAL_WRONG_CLUSTER',
      `The internal credential is for cluster ${credential.clusterId}, not for ${expected.clusterId}`,
    );
  }
  if (credential.gateway !== expected.gateway) throw wrongGateway(credential, expected);
  const nowSeconds = (expected.nowMs ?? Date.now()) / 1000;
  if (nowSeconds < credential.issuedAt - credentialSkewSeconds) {
    throw new IdentityError(
      'CREDENTIAL_NOT_YET_VALID',
      `The internal credential begins ${Math.ceil(credential.issuedAt - nowSeconds)} s from now; compare the clocks of both sides`,
    );
  }
  if (nowSeconds >= credential.expiresAt + credentialSkewSeconds) {
    throw new IdentityError(
      'CREDENTIAL_EXPIRED',
      `The internal credential ended ${Math.floor(nowSeconds - credential.expiresAt)} s ago; a new one is needed`,
    );
  }
}

interface Statement {
  readonly v: 1;
  readonly gateway: string;
  readonly cluster: string;
  readonly principal: Principal;
  readonly iat: number;
  readonly exp: number;
  readonly id: string;
}

function encode({ gateway, clusterId, principal, issuedAt, expiresAt, id }: InternalCredential): Buffer {
  const statement: Statement = {
    v: 1,
    gateway,
    cluster: clusterId,
    principal: canonicalPrincipal(principal),
    iat: issuedAt,
    exp: expiresAt,
    id,
  };
  return Buffer.from(JSON.stringify(statement));
}

function decode(bytes: Uint8Array): InternalCredential {
  let statement: unknown;
  try {
    statement = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw malformed('it is not JSON', cause);
  }
  const principal = isRecord(statement) ? asPrincipal(statement.principal) : undefined;
  if (!isRecord(statement) || principal === undefined) throw malformed('it names no principal');
  const { v, gateway, cluster, iat, exp, id } = statement;
  const named =
    v === 1 &&
    typeof gateway === 'string' &&
    gatewaySyntax.test(gateway) &&
    typeof cluster === 'string' &&
    isClusterId(cluster) &&
    typeof id === 'string' &&
    idSyntax.test(id);
  if (!named) throw malformed('it does not name version, gateway, cluster and id as they have to be');
  if (!isSeconds(iat) || !isSeconds(exp)) throw malformed('its times are not whole seconds');
  if (exp <= iat || exp - iat > credentialLifeSeconds) {
    throw malformed(`it lasts ${exp - iat} s, of at most ${credentialLifeSeconds}`);
  }
  const credential = { gateway, clusterId: cluster, principal, issuedAt: iat, expiresAt: exp, id };
  if (!encode(credential).equals(bytes)) throw malformed('it is not in the one form that gateways write');
  return credential;
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function malformed(why: string, cause?: unknown): IdentityError {
  return new IdentityError('CREDENTIAL_MALFORMED', `The internal credential cannot be read: ${why}`, { cause });
}

function wrongGateway(credential: InternalCredential, expected: CredentialExpectation): IdentityError {
  return new IdentityError(
    'CREDENTIAL_WRONG_GATEWAY',
    `The internal credential is of gateway ${credential.gateway}, not of ${expected.gateway}, which is at the other end`,
  );
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1');
}

/** All entries live equally long, so the oldest is the one that ends first. */
function dropOldest(entries: Map<string, unknown>, maxEntries: number): void {
  while (entries.size >= maxEntries) {
    const oldest = entries.keys().next();
    if (oldest.done === true) return;
    entries.delete(oldest.value);
  }
}
