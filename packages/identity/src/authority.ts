// The hub's built-in certificate authority: P-256, so that every TLS stack between here and an old load balancer speaks it. Each
// certificate it makes names one component in one URI SAN, which is all that anyone checks; the subject's CN is for people.
import { createHash, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { type ComponentName, formatComponentName } from './component-name.ts';
import { IdentityError } from './identity-error.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  GeneralName,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';

export interface IssuedCertificate {
  /** PEM, without the root */
  readonly certificate: string;
  /** PKCS8 PEM */
  readonly key: string;
}

export interface Authority {
  readonly trustDomain: string;
  /** PEM */
  readonly certificate: string;
  /** certificateFingerprint(certificate): what a join manifest pins */
  readonly fingerprint: string;
  /**
   * For both ends of a connection. `days`: 30 unless told.
   *
   * @param options.hosts DNS names and IP addresses beside the URI name
   */
  issueComponent(
    name: ComponentName,
    options?: { days?: number; hosts?: readonly string[] },
  ): Promise<IssuedCertificate>;
  /** For a listener that browsers and kubectl reach: no URI name, so that it is nobody inside. `days`: 90 unless told. */
  issueServing(hosts: readonly string[], options?: { days?: number }): Promise<IssuedCertificate>;
  /**
   * Certificate (PEM) of a cluster's agent, `days`: 30 unless told. The request gives the public key, after its proof of possession, and
   * nothing else: its names are ignored, so that no cluster can ask for another's. Throws IdentityError CSR_MALFORMED, CSR_BAD_SIGNATURE
   * or CSR_KEY_NOT_ALLOWED.
   *
   * @param request PKCS10, PEM
   */
  signAgentRequest(request: string, clusterId: string, options?: { days?: number }): Promise<string>;
}

const p256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** Clocks of hubs and clusters differ; a certificate is good a little before it was made. */
const backdateMs = 5 * 60_000;

/** A new root for a trust domain; `years`: 10 unless told. */
export async function createAuthority(options: { trustDomain: string; years?: number }): Promise<IssuedCertificate> {
  const uri = `spiffe://${options.trustDomain}`;
  // checks the trust domain's form
  formatComponentName(options.trustDomain, { kind: 'hub', component: 'gateway', instance: 'x' });
  const keys = await crypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [`Fairlead root of ${options.trustDomain}`.slice(0, 64)] }],
    ...lifetime((options.years ?? 10) * 365),
    signingAlgorithm: signing,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      // X.509-SVID section 4.1: a signing certificate names its trust domain
      new SubjectAlternativeNameExtension([{ type: 'url', value: uri }]),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** Throws IdentityError NAME_MALFORMED when the certificate is not a root of ours. */
export async function openAuthority({ certificate, key }: IssuedCertificate): Promise<Authority> {
  const root = new X509Certificate(certificate);
  const trustDomain = rootTrustDomain(root);
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(key), p256, false, ['sign']);

  const issue = async (commonName: string, publicKey: CryptoKey | PublicKey, days: number, extensions: Extension[]) => {
    const issued = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [commonName.slice(0, 64)] }],
      issuer: root.subjectName,
      ...lifetime(days, root.notAfter),
      publicKey,
      signingKey,
      signingAlgorithm: signing,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await AuthorityKeyIdentifierExtension.create(root.publicKey),
        ...extensions,
      ],
    });
    return issued.toString('pem');
  };
  const issueWithKey = async (
    commonName: string,
    days: number,
    extensions: Extension[],
  ): Promise<IssuedCertificate> => {
    const keys = await crypto.subtle.generateKey(p256, true, ['sign', 'verify']);
    const issued = await issue(commonName, keys.publicKey, days, extensions);
    return { certificate: issued, key: await exportKey(keys.privateKey) };
  };
  const bothEnds = new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]);

  return {
    trustDomain,
    certificate: root.toString('pem'),
    fingerprint: certificateFingerprint(certificate),
    issueComponent(name, { days = 30, hosts = [] } = {}) {
      const uri = formatComponentName(trustDomain, name);
      return issueWithKey(commonName(name), days, [bothEnds, alternativeNames(hosts, uri)]);
    },
    issueServing(hosts, { days = 90 } = {}) {
      const extensions = [new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]), alternativeNames(hosts)];
      return issueWithKey(hosts[0] ?? 'Fairlead', days, extensions);
    },
    async signAgentRequest(request, clusterId, { days = 30 } = {}) {
      const name = { kind: 'agent', clusterId } as const;
      const uri = formatComponentName(trustDomain, name);
      return issue(commonName(name), await requestedKey(request), days, [bothEnds, alternativeNames([], uri)]);
    },
  };
}

/** PKCS10 request (PEM) and PKCS8 key (PEM) of an agent that joins. The request names nobody: the hub decides the name. */
export async function createAgentRequest(): Promise<{ csr: string; key: string }> {
  const keys = await crypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: ['agent'] }],
    keys,
    signingAlgorithm: signing,
  });
  return { csr: request.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** SHA-256 of the DER certificate, lower-case hex. */
export function certificateFingerprint(pem: string): string {
  return createHash('sha256')
    .update(new Uint8Array(PemConverter.decodeFirst(pem)))
    .digest('hex');
}

async function requestedKey(request: string): Promise<PublicKey> {
  const malformed = (cause?: unknown) =>
    new IdentityError('CSR_MALFORMED', 'This is not a PKCS10 certificate request in PEM', { cause });
  // far above what a P-256 request needs
  if (request.length > 16_384) throw malformed();
  let parsed: Pkcs10CertificateRequest;
  try {
    parsed = new Pkcs10CertificateRequest(request);
  } catch (cause) {
    throw malformed(cause);
  }
  const algorithm = parsed.publicKey.algorithm as { name: string; namedCurve?: string };
  if (algorithm.name !== 'ECDSA' || algorithm.namedCurve !== 'P-256') {
    throw new IdentityError(
      'CSR_KEY_NOT_ALLOWED',
      'The certificate request holds another kind of key; make one for P-256 (prime256v1)',
    );
  }
  const possessed = await parsed.verify().catch(() => false);
  if (!possessed) {
    throw new IdentityError('CSR_BAD_SIGNATURE', 'The certificate request is not signed with the key that it holds');
  }
  return parsed.publicKey;
}

function rootTrustDomain(root: X509Certificate): string {
  const uri = root.getExtension(SubjectAlternativeNameExtension)?.names.items.find(({ type }) => type === 'url')?.value;
  if (uri === undefined || !uri.startsWith('spiffe://') || !root.getExtension(BasicConstraintsExtension)?.ca) {
    throw new IdentityError('NAME_MALFORMED', `${root.subject} is not the root of a Fairlead trust domain`);
  }
  return uri.slice('spiffe://'.length);
}

function commonName(name: ComponentName): string {
  return name.kind === 'hub' ? `${name.component} ${name.instance}` : `agent ${name.clusterId}`;
}

function alternativeNames(hosts: readonly string[], uri?: string): SubjectAlternativeNameExtension {
  const names: JsonGeneralNames = hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const);
  if (uri !== undefined) names.push({ type: 'url', value: uri });
  return new SubjectAlternativeNameExtension(names.map(({ type, value }) => new GeneralName(type, value)));
}

/** Never beyond the issuer's own end: chains are checked link by link. */
function lifetime(days: number, latest?: Date): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  const end = now + days * dayMs;
  return {
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(latest === undefined ? end : Math.min(end, latest.getTime())),
  };
}

/** RFC 5280 section 4.1.2.2: positive, unpredictable, at most 20 octets. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

async function exportKey(key: CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag);
}
