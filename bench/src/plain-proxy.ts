// The plain proxy of the bars: https.createServer and https.request with keep-alive, nothing else. Prints "listening PORT".
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { cert: { type: 'string' }, key: { type: 'string' }, target: { type: 'string' } },
});
const target = new URL(values.target ?? '');
const agent = new Agent({ keepAlive: true, maxSockets: 512, rejectUnauthorized: false });

const server = createServer(
  { cert: readFileSync(values.cert ?? ''), key: readFileSync(values.key ?? ''), minVersion: 'TLSv1.3' },
  (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const upstream = request(
      { host: target.hostname, port: target.port, method, path: url, headers, agent },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  },
);
server.listen(0, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`));
