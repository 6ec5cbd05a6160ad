import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { BusError } from '../bus-error.ts';

/** Below the ports that Linux (32768…) and macOS (49152…) hand to outgoing connections, which could take the port before its server does. */
const lowest = 20_000;
const highest = 32_767;
const attempts = 50;
/** Not given twice in one process: the first asker may not listen yet. */
const given = new Set<number>();

/** A port that is free on this address now. For servers that must come back on the same port after a restart, which port 0 does not give. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(lowest, highest + 1);
    if (!given.has(port) && (await isFree(port, host))) {
      given.add(port);
      return port;
    }
  }
  throw new BusError('NO_FREE_PORT', `No free port found on ${host} between ${lowest} and ${highest}; name one`);
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
