// Clusters' accounts: made, told to the servers, and taken away again. Servers check what they are told offline, against the operator's
// key; each of them answers, and a cluster counts as registered when all have.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isClusterId } from '@fairlead/identity';
import type { NatsConnection } from '@nats-io/transport-node';
import { BusError } from '../bus-error.ts';
import { clusterAccountClaims, leafUserClaims, readClaims, signClaims } from './claims.ts';
import { createPublicKeyOnly, createSeed, isPublicKey, type NKey, nkeyFromSeed } from './nkey.ts';

const answerTimeoutMs = 5_000;

/** Reads <hub>/registrar, which provisionHub() wrote. */
export async function openRegistrar(hubDir: string): Promise<Registrar> {
  const read = async (name: string) => (await readFile(join(hubDir, 'registrar', name), 'utf8')).trim();
  const [operatorSigning, leafIssuer, hubAccount] = await Promise.all([
    read('operator-signing.nk'),
    read('leaf-issuer.nk'),
    read('hub_account.txt'),
  ]);
  return new Registrar(nkeyFromSeed('operator', operatorSigning), nkeyFromSeed('account', leafIssuer), hubAccount);
}

/** `system`: a connection with sys.creds. */
export class Registrar {
  readonly #operator: NKey;
  readonly #leafIssuer: NKey;
  readonly #hubAccount: string;

  constructor(operator: NKey, leafIssuer: NKey, hubAccount: string) {
    this.#operator = operator;
    this.#leafIssuer = leafIssuer;
    this.#hubAccount = hubAccount;
  }

  /** clusterId: the account's public key, whose private half nobody has. */
  createClusterAccount(clusterName: string): { clusterId: string; jwt: string } {
    const clusterId = createPublicKeyOnly('account');
    return { clusterId, jwt: this.renewClusterAccount(clusterId, clusterName) };
  }

  /** A JWT of the present definition for a cluster that exists. Servers take it only if it is made in a later second than the one they have. */
  renewClusterAccount(clusterId: string, clusterName: string): string {
    assertClusterId(clusterId);
    const nats = clusterAccountClaims({
      clusterId,
      hubAccount: this.#hubAccount,
      leafIssuer: this.#leafIssuer.publicKey,
    });
    return signClaims({ name: clusterName, subject: clusterId, nats, issuedAt: nowSeconds() }, this.#operator);
  }

  /**
   * Resolves when every server of the hub holds exactly this JWT. The same one may be pushed again. Throws BusError ACCOUNT_PUSH_FAILED
   * (refused, or not all answered) or ACCOUNT_OUTDATED (they hold a newer one).
   */
  async pushAccount(system: NatsConnection, jwt: string): Promise<void> {
    const { sub: clusterId } = readClaims(jwt);
    await tellAllServers(system, '$SYS.REQ.CLAIMS.UPDATE', jwt, `take account ${clusterId}`);
    // servers answer 200 to a JWT that is older than theirs, and keep theirs
    const held = await system.request(`$SYS.REQ.ACCOUNT.${clusterId}.CLAIMS.LOOKUP`, '', { timeout: answerTimeoutMs });
    if (held.string() !== jwt) {
      throw new BusError(
        'ACCOUNT_OUTDATED',
        `The NATS servers hold a newer account ${clusterId}; sign it again and push that`,
      );
    }
  }

  /** Its leaf links are cut at once and no new one is let in. Throws BusError ACCOUNT_PUSH_FAILED. */
  async deleteAccount(system: NatsConnection, clusterId: string): Promise<void> {
    assertClusterId(clusterId);
    const request = signClaims(
      {
        name: 'delete',
        subject: this.#operator.publicKey,
        nats: { accounts: [clusterId], type: 'generic', version: 2 },
        issuedAt: nowSeconds(),
      },
      this.#operator,
    );
    await tellAllServers(system, '$SYS.REQ.CLAIMS.DELETE', request, `delete account ${clusterId}`);
  }

  /**
   * Lets the holder of a user key link a leaf server to the cluster's account, for 30 days unless told. Throws BusError NKEY_MALFORMED.
   *
   * @param userPublicKey `U…`; the agent made it and keeps its seed
   */
  issueLeafUser(clusterId: string, userPublicKey: string, { days = 30 } = {}): { jwt: string; expiresAt: number } {
    assertClusterId(clusterId);
    if (!isPublicKey('user', userPublicKey)) {
      throw new BusError('NKEY_MALFORMED', 'This is not the public key of a NATS user (U and 55 characters)');
    }
    const issuedAt = nowSeconds();
    const expiresAt = issuedAt + Math.round(days * 86_400);
    const draft = { name: 'leaf', subject: userPublicKey, nats: leafUserClaims(clusterId), issuedAt, expiresAt };
    return { jwt: signClaims(draft, this.#leafIssuer), expiresAt };
  }
}

/** The key that an agent makes for its leaf link: seed for user.nk, public key for the hub. */
export function createLeafUserKey(): { seed: string; publicKey: string } {
  const seed = createSeed('user');
  return { seed, publicKey: nkeyFromSeed('user', seed).publicKey };
}

interface ServerAnswer {
  readonly server?: { readonly name?: string };
  readonly data?: { readonly code?: number };
  readonly error?: { readonly code?: number; readonly description?: string };
}

async function tellAllServers(system: NatsConnection, subject: string, payload: string, what: string): Promise<void> {
  const expected = await countServers(system);
  const options = { strategy: 'count', maxMessages: expected, maxWait: answerTimeoutMs } as const;
  let confirmed = 0;
  for await (const message of await system.requestMany(subject, payload, options)) {
    const { server, data, error } = message.json<ServerAnswer>();
    if (data?.code !== 200) {
      const reason = error?.description ?? `code ${error?.code}`;
      throw new BusError('ACCOUNT_PUSH_FAILED', `NATS server ${server?.name ?? '?'} did not ${what}: ${reason}`);
    }
    confirmed++;
  }
  if (confirmed < expected) {
    throw new BusError(
      'ACCOUNT_PUSH_FAILED',
      `${confirmed} of ${expected} NATS servers confirmed to ${what} within ${answerTimeoutMs / 1000} s; try again`,
    );
  }
}

async function countServers(system: NatsConnection): Promise<number> {
  const answer = await system.request('$SYS.REQ.SERVER.PING', '', { timeout: answerTimeoutMs });
  const { statsz } = answer.json<{ statsz?: { active_servers?: number } }>();
  return statsz?.active_servers ?? 1;
}

function assertClusterId(clusterId: string): void {
  if (!isClusterId(clusterId)) {
    throw new BusError(
      'NKEY_MALFORMED',
      `${JSON.stringify(clusterId.slice(0, 80))} is not a cluster id (A and 55 characters)`,
    );
  }
}

const nowSeconds = () => Math.floor(Date.now() / 1000);
