import { maxPayloadBytes } from '../operator/claims.ts';
import { quoted } from './quoted.ts';

export interface HubConfigOptions {
  readonly operatorJwtFile: string;
  readonly systemAccount: string;
  /** account public key → JWT: the accounts that are there before the first registration */
  readonly preload: Readonly<Record<string, string>>;
  readonly resolverDir: string;
  readonly jetStream: { readonly dir: string; readonly memoryBytes: number; readonly fileBytes: number };
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  readonly ports: { readonly client: number; readonly leaf: number; readonly monitor: number };
  readonly listen: { readonly client: string; readonly leaf: string };
  /** TLS with client certificates for services too: for a hub of more than one machine */
  readonly clientTls: boolean;
}

/** nats-server's configuration for a hub of one server, ≥ 2.14.3. */
export function hubConfig(options: HubConfigOptions): string {
  const { preload, jetStream, tls, ports, listen } = options;
  const certificates = `cert_file: ${quoted(tls.certFile)}, key_file: ${quoted(tls.keyFile)}, ca_file: ${quoted(tls.caFile)}`;
  const clientTls = options.clientTls ? `tls { ${certificates}, verify: true, min_version: "1.3", timeout: 5 }\n` : '';
  return `# Written by Fairlead at each start; changes here are lost.
server_name: hub
listen: ${quoted(address(listen.client, ports.client))}
${clientTls}http: ${quoted(address('127.0.0.1', ports.monitor))}

operator: ${quoted(options.operatorJwtFile)}
system_account: ${options.systemAccount}
resolver: { type: full, dir: ${quoted(options.resolverDir)}, allow_delete: true, interval: "2m", limit: 20000 }
resolver_preload: {
${Object.entries(preload)
  .map(([account, jwt]) => `  ${account}: ${quoted(jwt)}`)
  .join('\n')}
}

max_payload: ${maxPayloadBytes}
# more than all credit windows of one stub's streams, else the server cuts the stub
max_pending: 512MB
# a dead peer is known after 30 s, not after the default 4 to 6 minutes
ping_interval: "10s"
ping_max: 2
write_deadline: "10s"

jetstream {
  store_dir: ${quoted(jetStream.dir)}
  domain: hub
  max_memory_store: ${jetStream.memoryBytes}
  max_file_store: ${jetStream.fileBytes}
  max_buffered_msgs: 50000
}

leafnodes {
  listen: ${quoted(address(listen.leaf, ports.leaf))}
  no_advertise: true
  isolate_leafnode_interest: true
  # older ones do not check what their leaves publish
  min_version: "2.14.3"
  compression: s2_auto
  write_deadline: "10s"
  # a stalled link would otherwise grow without bound
  write_timeout: close
  authorization { timeout: 5 }
  tls { ${certificates}, verify: true, min_version: "1.3", handshake_first: true, timeout: 5 }
}
`;
}

function address(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
