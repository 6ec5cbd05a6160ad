// A cluster's way into the fleet: registered by an operator, joined by its agent with the single-use token, taken out again. The registry's
// compare-and-set makes a token good once, however many gateways are asked at the same time.

import { createHash, randomBytes } from 'node:crypto';
import type { Authority } from '@fairlead/identity';
import type { ClusterRecord, Registry } from '@fairlead/registry';
import { Problem } from './problem.ts';

/** What the registrar of packages/bus does, bound to the system connection. */
export interface ClusterAccounts {
  create(clusterName: string): { clusterId: string; jwt: string };
  push(jwt: string): Promise<void>;
  delete(clusterId: string): Promise<void>;
  issueLeafUser(clusterId: string, userPublicKey: string): { jwt: string };
}

export interface RegistrationOptions {
  readonly registry: Pick<Registry, 'byName' | 'all' | 'create' | 'update' | 'read' | 'remove'>;
  readonly accounts: ClusterAccounts;
  readonly authority: Pick<Authority, 'signAgentRequest' | 'certificate' | 'trustDomain'>;
  readonly leafUrls: readonly string[];
  readonly joinTokenMs: number;
  /** ms since the epoch */
  readonly now: () => number;
}

export interface JoinToken {
  readonly record: ClusterRecord;
  /** shown once: only its hash is kept */
  readonly token: string;
}

export interface JoinRequest {
  readonly token: string;
  /** PKCS10, PEM */
  readonly csr: string;
  readonly natsUserPublicKey: string;
  /** the name that the agent was told it would join */
  readonly cluster?: string;
}

export interface JoinAnswer {
  readonly clusterId: string;
  readonly clusterName: string;
  readonly certificate: string;
  readonly ca: string;
  readonly leafUrls: readonly string[];
  readonly leafUserJwt: string;
  readonly trustDomain: string;
}

export class ClusterRegistration {
  readonly #options: RegistrationOptions;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Throws Problem CLUSTER_EXISTS (409), ACCOUNT_PUSH_FAILED (503). */
  async register(name: string, labels: Readonly<Record<string, string>>, createdBy: string): Promise<JoinToken> {
    const { registry, accounts, now } = this.#options;
    if (registry.byName(name) !== undefined) throw clusterExists(name);
    const { clusterId, jwt } = accounts.create(name);
    const { token, join } = this.#newToken();
    const record: ClusterRecord = {
      name,
      id: clusterId,
      labels,
      createdAt: new Date(now()).toISOString(),
      createdBy,
      join,
    };
    try {
      await registry.create(record);
    } catch (error) {
      if (codeOf(error) === 'CLUSTER_EXISTS' || codeOf(error) === 'EXISTS') throw clusterExists(name);
      throw error;
    }
    try {
      await accounts.push(jwt);
    } catch (cause) {
      // Without an account the cluster could never connect; the name must not stay taken by it.
      await registry.remove(name).catch(() => undefined);
      throw new Problem(
        503,
        'ACCOUNT_PUSH_FAILED',
        'The message servers did not take the account of the new cluster; try again in a moment',
        { cause },
      );
    }
    return { record, token };
  }

  /** A new token for the same cluster; one that was given before is good no longer. Throws Problem CLUSTER_UNKNOWN, CLUSTER_CHANGED. */
  async renewToken(name: string): Promise<JoinToken> {
    const { registry } = this.#options;
    const found = await registry.read(name);
    if (found === undefined) throw clusterUnknown(name);
    const { token, join } = this.#newToken();
    const record: ClusterRecord = { ...found.record, join };
    try {
      await registry.update(record, found.revision);
    } catch (error) {
      if (codeOf(error) === 'CONFLICT')
        throw new Problem(409, 'CLUSTER_CHANGED', `Cluster ${name} was changed at the same time; try again`);
      throw error;
    }
    return { record, token };
  }

  /** Its agents are cut off at once. Throws Problem CLUSTER_UNKNOWN. */
  async remove(name: string): Promise<ClusterRecord> {
    const { registry, accounts } = this.#options;
    const found = await registry.read(name);
    if (found === undefined) throw clusterUnknown(name);
    await accounts.delete(found.record.id);
    await registry.remove(name);
    return found.record;
  }

  /**
   * Gives an agent its identity for a token. Throws Problem JOIN_TOKEN_UNKNOWN, JOIN_TOKEN_OTHER_CLUSTER (403), JOIN_TOKEN_USED (409),
   * JOIN_TOKEN_EXPIRED (410), and CSR_… (400).
   */
  async join({ token, csr, natsUserPublicKey, cluster }: JoinRequest): Promise<JoinAnswer> {
    const { registry, authority, leafUrls, now } = this.#options;
    const tokenHash = sha256(token);
    const name = registry.all().find(({ join }) => join.tokenHash === tokenHash)?.name;
    const found = name === undefined ? undefined : await registry.read(name);
    if (found === undefined || found.record.join.tokenHash !== tokenHash) {
      throw new Problem(
        403,
        'JOIN_TOKEN_UNKNOWN',
        'The hub did not give out this join token, or has given a newer one for its cluster since',
      );
    }
    const { record, revision } = found;
    if (cluster !== undefined && cluster !== record.name) {
      throw new Problem(403, 'JOIN_TOKEN_OTHER_CLUSTER', `The join token belongs to another cluster than ${cluster}`);
    }
    refuseUsedOrExpired(record, now());
    const certificate = await this.#sign(csr, record.id);
    const leafUser = this.#leafUser(record.id, natsUserPublicKey);
    try {
      await registry.update({ ...record, join: { ...record.join, usedAt: new Date(now()).toISOString() } }, revision);
    } catch (error) {
      // Somebody else was first: the same token elsewhere, a new token, a removal.
      const present = await registry.read(record.name);
      if (present?.record.join.tokenHash === tokenHash) refuseUsedOrExpired(present.record, now());
      throw new Problem(409, 'CLUSTER_CHANGED', `Cluster ${record.name} was changed at the same time; try again`, {
        cause: error,
      });
    }
    return {
      clusterId: record.id,
      clusterName: record.name,
      certificate,
      ca: authority.certificate,
      leafUrls,
      leafUserJwt: leafUser.jwt,
      trustDomain: authority.trustDomain,
    };
  }

  async #sign(csr: string, clusterId: string): Promise<string> {
    try {
      return await this.#options.authority.signAgentRequest(csr, clusterId);
    } catch (error) {
      const code = codeOf(error);
      if (code?.startsWith('CSR_')) throw new Problem(400, code, (error as Error).message, { cause: error });
      throw error;
    }
  }

  #leafUser(clusterId: string, userPublicKey: string): { jwt: string } {
    try {
      return this.#options.accounts.issueLeafUser(clusterId, userPublicKey);
    } catch (cause) {
      throw new Problem(400, 'LEAF_USER_KEY_MALFORMED', 'natsUserPublicKey is not the public key of a NATS user', {
        cause,
      });
    }
  }

  #newToken(): { token: string; join: ClusterRecord['join'] } {
    const { now, joinTokenMs } = this.#options;
    const token = `fjt_${randomBytes(32).toString('base64url')}`;
    return { token, join: { tokenHash: sha256(token), expiresAt: new Date(now() + joinTokenMs).toISOString() } };
  }
}

function refuseUsedOrExpired({ name, join }: ClusterRecord, nowMs: number): void {
  if (join.usedAt !== undefined) {
    throw new Problem(
      409,
      'JOIN_TOKEN_USED',
      `The join token of cluster ${name} was used at ${join.usedAt}; 'fairlead clusters token ${name}' gives a new one`,
    );
  }
  if (Date.parse(join.expiresAt) <= nowMs) {
    throw new Problem(
      410,
      'JOIN_TOKEN_EXPIRED',
      `The join token of cluster ${name} expired at ${join.expiresAt}; 'fairlead clusters token ${name}' gives a new one`,
    );
  }
}

function clusterExists(name: string): Problem {
  return new Problem(
    409,
    'CLUSTER_EXISTS',
    `A cluster ${name} is registered already; 'fairlead clusters token ${name}' gives it a new join token`,
  );
}

export function clusterUnknown(name: string): Problem {
  return new Problem(404, 'CLUSTER_UNKNOWN', `No cluster ${name} is registered`);
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
