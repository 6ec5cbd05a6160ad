// The hub directory: who everybody is (certificates), what they may say on the bus (accounts and users), and the NATS server's
// configuration. A second run keeps what is still good, so it can run at each start and by a timer.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Authority,
  createAuthority,
  createLoginKey,
  hubComponents,
  type IssuedCertificate,
  openAuthority,
} from '@fairlead/identity';
import { BusError } from '../bus-error.ts';
import { freePort } from '../server/free-port.ts';
import { hubConfig } from '../server/hub-config.ts';
import {
  formatCreds,
  hubAccountClaims,
  hubExports,
  hubUserClaims,
  type JetStreamLimits,
  jwtOfCreds,
  operatorClaims,
  readClaims,
  signClaims,
} from './claims.ts';
import { type HubKeys, loadOrCreateHubKeys } from './hub-keys.ts';
import { createSeed, type NKey, type NKeyKind, nkeyFromSeed } from './nkey.ts';
import { writePrivateFile } from './private-file.ts';
import { type HubUser, hubUsers } from './users.ts';

export interface HubPorts {
  readonly client: number;
  readonly leaf: number;
  readonly monitor: number;
}

export interface ProvisionOptions {
  readonly dir: string;
  /** names and addresses at which agents, users and services reach this hub, beside localhost, 127.0.0.1 and ::1 */
  readonly hosts?: readonly string[];
  /** `fairlead.local` unless told; stays what it was at the first run */
  readonly trustDomain?: string;
  /** 0: a free one */
  readonly ports: HubPorts;
  /** 127.0.0.1 for both unless told */
  readonly listen?: { readonly client?: string; readonly leaf?: string };
  /** services too connect by mutual TLS (nats.crt, their own tls.crt): for a hub of more than one machine */
  readonly clientTls?: boolean;
  /** most that the audit stream may hold on disk; 8 GiB unless told */
  readonly auditStreamBytes?: number;
}

export interface HubLayout {
  readonly dir: string;
  readonly trustDomain: string;
  readonly natsConfig: string;
  readonly caFile: string;
  readonly ports: HubPorts;
  /** for services on this machine */
  readonly natsUrl: string;
  /** certificates that are new since the last run: what holds them open has to read them again */
  readonly renewed: readonly string[];
}

const componentDays = 30;
const servingDays = 90;
const registryLimits: JetStreamLimits = { memoryBytes: 64 * 1024 ** 2, fileBytes: 1024 ** 3 };

/**
 * Makes the hub directory, or brings it up to date: keys stay, certificates past half of their life or without a host are issued anew.
 *
 * Throws BusError HUB_KEY_MISSING when a private key is gone that the rest of the directory rests on.
 */
export async function provisionHub(options: ProvisionOptions): Promise<HubLayout> {
  const dir = resolve(options.dir);
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', ...(options.hosts ?? [])])];
  const authority = await provisionAuthority(dir, options.trustDomain ?? 'fairlead.local');
  const renewed = await provisionCertificates(dir, authority, hosts);
  await ensureFile(join(dir, 'gateway/login.key'), createLoginKey);

  const auditLimits: JetStreamLimits = { memoryBytes: 0, fileBytes: options.auditStreamBytes ?? 8 * 1024 ** 3 };
  const keysFile = join(dir, 'operator/keys.json');
  if ((await readOptional(keysFile)) === undefined) await refuseIfPresent(join(dir, 'nats/operator.jwt'), keysFile);
  const keys = await loadOrCreateHubKeys(keysFile);
  const preload = await provisionOperator(dir, keys, auditLimits);

  const ports: HubPorts = {
    client: options.ports.client || (await freePort()),
    leaf: options.ports.leaf || (await freePort()),
    monitor: options.ports.monitor || (await freePort()),
  };
  const nats = (name: string) => join(dir, 'nats', name);
  const config = hubConfig({
    operatorJwtFile: nats('operator.jwt'),
    systemAccount: keys.accounts.system.account,
    preload,
    resolverDir: nats('jwt'),
    jetStream: {
      dir: nats('jetstream'),
      memoryBytes: registryLimits.memoryBytes + auditLimits.memoryBytes,
      fileBytes: registryLimits.fileBytes + auditLimits.fileBytes,
    },
    tls: { certFile: nats('tls.crt'), keyFile: nats('tls.key'), caFile: join(dir, 'ca/ca.crt') },
    ports,
    listen: { client: options.listen?.client ?? '127.0.0.1', leaf: options.listen?.leaf ?? '127.0.0.1' },
    clientTls: options.clientTls ?? false,
  });
  await writePrivateFile(nats('nats.conf'), config);

  return {
    dir,
    trustDomain: authority.trustDomain,
    natsConfig: nats('nats.conf'),
    caFile: join(dir, 'ca/ca.crt'),
    ports,
    natsUrl: `${options.clientTls === true ? 'tls' : 'nats'}://127.0.0.1:${ports.client}`,
    renewed,
  };
}

async function provisionAuthority(dir: string, trustDomain: string): Promise<Authority> {
  const stored = await readPair(join(dir, 'ca/ca.crt'), join(dir, 'ca/ca.key'));
  if (stored !== undefined) return openAuthority(stored);
  await refuseIfPresent(join(dir, 'ca/ca.crt'), join(dir, 'ca/ca.key'));
  const root = await createAuthority({ trustDomain });
  await writePair(join(dir, 'ca/ca.crt'), join(dir, 'ca/ca.key'), root);
  return openAuthority(root);
}

/** Gives the files of the certificates that it issued. */
async function provisionCertificates(dir: string, authority: Authority, hosts: readonly string[]): Promise<string[]> {
  const wanted = hubComponents.map((component) => ({
    file: join(dir, component, 'tls'),
    // agents and services dial these three by name
    hosts: component === 'nats' || component === 'stub' || component === 'audit' ? hosts : [],
    issue: (names: readonly string[]) =>
      authority.issueComponent({ kind: 'hub', component, instance: 'main' }, { days: componentDays, hosts: names }),
  }));
  wanted.push({
    file: join(dir, 'gateway/serving'),
    hosts,
    issue: (names) => authority.issueServing(names, { days: servingDays }),
  });

  const root = new X509Certificate(authority.certificate);
  const renewed: string[] = [];
  for (const { file, hosts, issue } of wanted) {
    const current = await readPair(`${file}.crt`, `${file}.key`);
    if (current !== undefined && isStillGood(current, root, hosts)) continue;
    await writePair(`${file}.crt`, `${file}.key`, await issue(hosts));
    renewed.push(`${file}.crt`);
  }
  return renewed;
}

function isStillGood(
  { certificate, key }: IssuedCertificate,
  root: X509Certificate,
  hosts: readonly string[],
): boolean {
  const parsed = new X509Certificate(certificate);
  const begin = parsed.validFromDate.getTime();
  const halfLife = (begin + parsed.validToDate.getTime()) / 2;
  const covers = (host: string) => (isIP(host) === 0 ? parsed.checkHost(host) : parsed.checkIP(host)) !== undefined;
  return (
    Date.now() < halfLife &&
    parsed.verify(root.publicKey) &&
    parsed.checkPrivateKey(createPrivateKey(key)) &&
    hosts.every(covers)
  );
}

/** Writes operator, users and registrar; gives the accounts' JWTs by public key. */
async function provisionOperator(
  dir: string,
  keys: HubKeys,
  auditLimits: JetStreamLimits,
): Promise<Record<string, string>> {
  const { hub, audit, system } = keys.accounts;
  const operatorSigning = nkeyFromSeed('operator', keys.operatorSigning);
  const publicKey = (kind: NKeyKind, seed: string) => nkeyFromSeed(kind, seed).publicKey;

  const operator = nkeyFromSeed('operator', keys.operator);
  const operatorNats = operatorClaims({ signingKey: operatorSigning.publicKey, systemAccount: system.account });
  await ensureJwt(join(dir, 'nats/operator.jwt'), 'fairlead', operator.publicKey, operatorNats, operator);
  await ensureText(join(dir, 'nats/system_account.txt'), `${system.account}\n`);

  const accounts = [
    {
      name: 'HUB',
      id: hub.account,
      nats: hubAccountClaims({
        signingKey: publicKey('account', hub.signing),
        exports: hubExports,
        jetStream: registryLimits,
      }),
    },
    {
      name: 'AUDIT',
      id: audit.account,
      nats: hubAccountClaims({ signingKey: publicKey('account', audit.signing), jetStream: auditLimits }),
    },
    { name: 'SYS', id: system.account, nats: hubAccountClaims({ signingKey: publicKey('account', system.signing) }) },
  ];
  const preload: Record<string, string> = {};
  for (const { name, id, nats } of accounts) {
    preload[id] = await ensureJwt(join(dir, `operator/${name}.jwt`), name, id, nats, operatorSigning);
  }

  for (const user of hubUsers) {
    const { account, signing } = keys.accounts[user.account];
    await ensureCreds(join(dir, `nats/creds/${user.name}.creds`), user, account, nkeyFromSeed('account', signing));
  }

  await ensureText(join(dir, 'registrar/operator-signing.nk'), `${keys.operatorSigning}\n`);
  await ensureText(join(dir, 'registrar/leaf-issuer.nk'), `${keys.leafIssuer}\n`);
  await ensureText(join(dir, 'registrar/hub_account.txt'), `${hub.account}\n`);
  return preload;
}

/** Signs again only when what it says has changed, and then later than before: servers ignore an account that is not newer. */
async function ensureJwt(
  file: string,
  name: string,
  subject: string,
  nats: Readonly<Record<string, unknown>>,
  issuer: NKey,
): Promise<string> {
  const current = await readOptional(file);
  const claims = current === undefined ? undefined : readClaims(current);
  const wanted = JSON.parse(JSON.stringify(nats)) as unknown;
  const same = claims?.iss === issuer.publicKey && claims.sub === subject && isDeepStrictEqual(claims.nats, wanted);
  if (current !== undefined && same) return current.trim();
  const issuedAt = Math.max(nowSeconds(), (claims?.iat ?? 0) + 1);
  const jwt = signClaims({ name, subject, nats, issuedAt }, issuer);
  await writePrivateFile(file, `${jwt}\n`);
  return jwt;
}

async function ensureCreds(file: string, user: HubUser, account: string, issuer: NKey): Promise<void> {
  const nats = hubUserClaims({ ...user, account });
  const current = await readOptional(file);
  const jwt = current === undefined ? undefined : jwtOfCreds(current);
  if (jwt !== undefined) {
    const claims = readClaims(jwt);
    if (claims.iss === issuer.publicKey && isDeepStrictEqual(claims.nats, JSON.parse(JSON.stringify(nats)))) return;
  }
  const seed = createSeed('user');
  const { publicKey } = nkeyFromSeed('user', seed);
  const signed = signClaims({ name: user.name, subject: publicKey, nats, issuedAt: nowSeconds() }, issuer);
  await writePrivateFile(file, formatCreds(signed, seed));
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** New keys beside what the old ones signed would lock every cluster out. */
async function refuseIfPresent(signed: string, keyFile: string): Promise<void> {
  if ((await readOptional(signed)) === undefined) return;
  throw new BusError(
    'HUB_KEY_MISSING',
    `${keyFile} is missing, but ${signed} is there; bring the key back from its backup`,
  );
}

async function ensureFile(file: string, make: () => string): Promise<void> {
  if ((await readOptional(file)) === undefined) await writePrivateFile(file, make());
}

async function ensureText(file: string, text: string): Promise<void> {
  if ((await readOptional(file)) !== text) await writePrivateFile(file, text);
}

async function readPair(certificateFile: string, keyFile: string): Promise<IssuedCertificate | undefined> {
  const [certificate, key] = await Promise.all([readOptional(certificateFile), readOptional(keyFile)]);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

async function writePair(certificateFile: string, keyFile: string, pair: IssuedCertificate): Promise<void> {
  // a run that ends between the two leaves a pair that does not match, which the next run replaces
  await writePrivateFile(keyFile, pair.key);
  await writePrivateFile(certificateFile, pair.certificate);
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
