// The private keys from which everything in the hub's NATS is signed, in one file that is written once: a provisioning that is
// interrupted leaves either all of them or none.
import { readFile } from 'node:fs/promises';
import { createPublicKeyOnly, createSeed } from './nkey.ts';
import { writePrivateFile } from './private-file.ts';

export interface HubAccountKeys {
  /** public key; nobody has its seed, the operator's signing key stands for it */
  readonly account: string;
  /** seed of the account's signing key, which signs its users */
  readonly signing: string;
}

export interface HubKeys {
  /** seed of the operator itself: needed to change the operator's signing key; move it off the machine in production */
  readonly operator: string;
  readonly operatorSigning: string;
  readonly leafIssuer: string;
  readonly accounts: { readonly hub: HubAccountKeys; readonly audit: HubAccountKeys; readonly system: HubAccountKeys };
}

export async function loadOrCreateHubKeys(file: string): Promise<HubKeys> {
  const existing = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (existing !== undefined) return JSON.parse(existing) as HubKeys;
  const account = () => ({ account: createPublicKeyOnly('account'), signing: createSeed('account') });
  const keys: HubKeys = {
    operator: createSeed('operator'),
    operatorSigning: createSeed('operator'),
    leafIssuer: createSeed('account'),
    accounts: { hub: account(), audit: account(), system: account() },
  };
  await writePrivateFile(file, `${JSON.stringify(keys, null, 2)}\n`);
  return keys;
}
