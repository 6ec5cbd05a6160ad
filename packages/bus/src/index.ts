export { auditStream, buckets, queues, subjects } from './subjects.ts';
