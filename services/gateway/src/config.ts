import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from '@fairlead/config';

const file = z.string().min(1);
const port = z.int().min(0).max(65_535);

/** An issuer of JWTs that the hub trusts to name its users (OpenID Connect or any other with a JWKS). */
const issuerSchema = z.strictObject({
  /** compared with `iss`, byte for byte */
  issuer: z.string().min(1),
  audience: z.string().min(1),
  /** where its keys are: exactly one of URL (https) and file (a JWKS). Absent: found by OpenID Connect discovery below `issuer`. */
  jwksUrl: z.url({ protocol: /^https$/ }).optional(),
  jwksFile: file.optional(),
  /** PEM of the authority that signs the issuer's own certificate, for issuers inside a company */
  caFile: file.optional(),
  userClaim: z.string().min(1).default('sub'),
  groupsClaim: z.string().min(1).default('groups'),
  /** put before user and group names, so that two issuers cannot name the same person */
  prefix: z.string().default(''),
});

export const configSchema = z
  .strictObject({
    /** the directory that `provisionHub` made: ca/, gateway/, nats/, registrar/ */
    hubDir: file,
    /** of the SPIFFE names of all components */
    trustDomain: z.string().min(1).default('fairlead'),
    listen: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8443) }).prefault({}),
    ops: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(0) }).prefault({}),
    /** how users and agents reach this hub, for example https://hub.example.com; absent: https://<listen.host>:<port> */
    publicUrl: z.url({ protocol: /^https$/ }).optional(),
    /** PEM of the authority that signs the public listener's certificate; absent: the hub's own */
    publicCaFile: file.optional(),
    nats: z.strictObject({
      url: z.string().min(1),
      /** where agents' leaf servers dial, for example tls://hub.example.com:7422 */
      leafUrls: z.array(z.string().min(1)).min(1),
    }),
    /** mTLS sockets to stubs, `host:port`; a name may have several addresses, each is dialled */
    stubs: z.array(z.string().regex(/^.+:\d+$/, 'expected host:port')).default([]),
    /** https URL of the audit service, for /api/v1/audit */
    auditUrl: z.url({ protocol: /^https$/ }).optional(),
    login: z
      .strictObject({
        /** file with the administrator's secret; absent: nobody can log in that way */
        adminSecretFile: file.optional(),
        adminUser: z.string().min(1).default('admin'),
        adminGroups: z.array(z.string().min(1)).default(['fairlead:admins']),
      })
      .prefault({}),
    issuers: z.array(issuerSchema).max(32).default([]),
    limits: z
      .strictObject({
        /** open requests of one principal, however long they live */
        streamsPerPrincipal: z.int().positive().default(10_000),
        /** 0: no limit */
        requestsPerSecondPerPrincipal: z.number().min(0).default(0),
        connections: z.int().positive().default(20_000),
        connectionsPerAddress: z.int().positive().default(10_000),
        http2StreamsPerConnection: z.int().min(100).max(10_000).default(1_000),
        /** bytes of a request's head, and of an HTTP/2 header list */
        headBytes: z.int().min(8_192).max(262_144).default(65_536),
      })
      .prefault({}),
    /** counts limits over all gateways; absent: each gateway counts its own */
    redisUrl: z.url({ protocol: /^rediss?$/ }).optional(),
    /** of the manifest that registering a cluster gives */
    agent: z
      .strictObject({
        image: z.string().min(1).default('fairlead/agent:0.1.0'),
        /** the hub's administrators become cluster-admin of each cluster that joins by the manifest */
        adminsAreClusterAdmin: z.boolean().default(true),
        joinTokenMinutes: z.number().positive().max(1_440).default(60),
      })
      .prefault({}),
    logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .transform((config) => ({ ...config, files: filesOf(config.hubDir), host: hostname() }));

export type GatewayConfig = z.output<typeof configSchema>;
export type IssuerConfig = z.output<typeof issuerSchema>;
/** What a caller of start() writes: defaults may be left out. */
export type GatewayConfigInput = z.input<typeof configSchema>;

/** Where provisionHub keeps what a gateway needs. */
function filesOf(hubDir: string) {
  return {
    ca: join(hubDir, 'ca', 'ca.crt'),
    caKey: join(hubDir, 'ca', 'ca.key'),
    cert: join(hubDir, 'gateway', 'tls.crt'),
    key: join(hubDir, 'gateway', 'tls.key'),
    servingCert: join(hubDir, 'gateway', 'serving.crt'),
    servingKey: join(hubDir, 'gateway', 'serving.key'),
    loginKey: join(hubDir, 'gateway', 'login.key'),
    natsCreds: join(hubDir, 'nats', 'creds', 'gateway.creds'),
    auditCreds: join(hubDir, 'nats', 'creds', 'audit-publisher.creds'),
    sysCreds: join(hubDir, 'nats', 'creds', 'sys.creds'),
    operatorSigningKey: join(hubDir, 'registrar', 'operator-signing.nk'),
    leafIssuerKey: join(hubDir, 'registrar', 'leaf-issuer.nk'),
  };
}
