export { createLogger, type Logger } from './logger.ts';
export { Counter, createRegistry, Gauge, Histogram, Registry } from './metrics.ts';
export { type OpsListener, type OpsOptions, startOps } from './ops.ts';
