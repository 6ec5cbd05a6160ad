import { randomInt } from 'node:crypto';
import { maxPayloadBytes } from '../operator/claims.ts';
import { quoted } from './quoted.ts';

export interface LeafConfigOptions {
  readonly clusterId: string;
  /** of the agent beside it: two servers with one name would replace each other's link */
  readonly instance: string;
  /** `tls://host:7422`, or all `wss://host` */
  readonly hubUrls: readonly string[];
  readonly credsFile: string;
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  /** loopback, for the agent */
  readonly clientPort: number;
  /** loopback: /leafz, /healthz */
  readonly monitorPort?: number;
  /** Go duration, `2s` unless told: a dead hub is known after three of them */
  readonly pingInterval?: string;
}

/** Text of the configuration of the nats-server beside an agent. Credentials and certificates are read again at each connect. */
export function leafConfig(options: LeafConfigOptions): string {
  const { tls, monitorPort, pingInterval = '2s' } = options;
  const overWebSocket = options.hubUrls.every((url) => url.startsWith('wss:'));
  return `# Written by the Fairlead agent at each start; changes here are lost.
server_name: ${quoted(`${options.clusterId}-${options.instance}`)}
listen: "127.0.0.1:${options.clientPort}"
${monitorPort === undefined ? '' : `http: "127.0.0.1:${monitorPort}"\n`}
# the hub's: a larger message would cut the whole link there
max_payload: ${maxPayloadBytes}
ping_interval: ${quoted(pingInterval)}
ping_max: 2
write_deadline: "10s"

accounts {
  AGENT { users: [{ user: agent, password: agent }] }
  SYS { users: [] }
}
no_auth_user: agent
system_account: SYS

leafnodes {
  # leaf servers have no backoff: each has its own pace, so that a hub that restarts is not met by all at once
  reconnect: "${randomInt(1000, 3000)}ms"
  remotes: [
    {
      urls: [${options.hubUrls.map(quoted).join(', ')}]
      account: AGENT
      credentials: ${quoted(options.credsFile)}
      ignore_discovered_servers: true
      tls {
        ca_file: ${quoted(tls.caFile)}
        cert_file: ${quoted(tls.certFile)}
        key_file: ${quoted(tls.keyFile)}
        min_version: "1.3"
        timeout: 5${overWebSocket ? '' : '\n        handshake_first: true'}
      }
    }
  ]
}
`;
}
