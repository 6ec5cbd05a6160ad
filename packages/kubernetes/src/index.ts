export type { RequestAttributes } from './request-attributes.ts';
export { failure, type Status } from './status.ts';
