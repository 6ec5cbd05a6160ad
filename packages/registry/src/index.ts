export type { AgentPresence, ClusterRecord } from './records.ts';
export { openRegistry, type Registry, RegistryError, type RegistryView } from './registry.ts';
