import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * A registry of its own for each service, so that five services in one process do not share one. Default process metrics (memory,
 * CPU, event loop lag, garbage collection) are collected once a process, in the first registry made.
 */
export function createRegistry(component: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ component });
  if (!defaultsTaken) {
    defaultsTaken = true;
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}
let defaultsTaken = false;
