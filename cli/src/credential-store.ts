import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type HubProfile, replaceFile } from './profile.ts';

export interface ClusterCredential {
  readonly token: string;
  /** RFC 3339 */
  readonly expiresAt: string;
}

/** A credential that ends sooner than this is renewed, so that a command that starts now does not lose it midway. */
const renewBeforeMs = 60_000;

/**
 * Credentials for single clusters on disk, beside the profile (mode 0600), so that a script of a hundred kubectl calls asks the hub once.
 * One file a session and cluster: a new login never meets an old credential, and parallel callers replace the file in one step.
 */
export class CredentialStore {
  readonly #dir: string;

  constructor(profileFile: string) {
    this.#dir = join(dirname(profileFile), 'credentials');
  }

  /** The stored credential while it is good for another minute, else what `issue` returns. */
  async get(
    hub: HubProfile,
    cluster: string,
    issue: () => Promise<ClusterCredential>,
    now = Date.now(),
  ): Promise<ClusterCredential> {
    const name = createHash('sha256')
      .update(JSON.stringify([hub.url, hub.session, cluster]))
      .digest('hex')
      .slice(0, 32);
    const file = join(this.#dir, `${name}.json`);
    const stored = read(file);
    if (stored !== undefined && Date.parse(stored.expiresAt) - now > renewBeforeMs) return stored;
    const issued = await issue();
    replaceFile(file, JSON.stringify(issued));
    return issued;
  }
}

function read(file: string): ClusterCredential | undefined {
  try {
    const { token, expiresAt } = JSON.parse(readFileSync(file, 'utf8')) as Partial<ClusterCredential>;
    return typeof token === 'string' && typeof expiresAt === 'string' ? { token, expiresAt } : undefined;
  } catch {
    // absent or damaged: the caller gets a new one
    return undefined;
  }
}
