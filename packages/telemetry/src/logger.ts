import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Names whose values never reach a log line, wherever they stand in the first three levels of an object. */
const secretNames = [
  'authorization',
  'cookie',
  'token',
  'joinToken',
  'password',
  'secret',
  'privateKey',
  'seed',
  'credential',
];

/**
 * A JSON logger: one line an event on stdout, `component` and `instance` on each.
 *
 * level: trace, debug, info, warn, error, fatal or silent. Expected ends (a client that closes its watch) belong to debug.
 */
export function createLogger(component: string, instance: string, level = 'info'): Logger {
  return pino({
    level,
    base: { component, instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
  });
}
