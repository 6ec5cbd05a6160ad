export {
  type Action,
  actionOf,
  actions,
  auditClassOf,
  impersonatedResourceName,
  resourceNameOf,
} from './actions.ts';
export { isTrue, noQuery, parseQuery, type Query } from './query.ts';
export { type RequestAttributes, requestAttributes } from './request-attributes.ts';
export { PathError, type PathErrorCode, parseRequestTarget, type RequestTarget } from './request-target.ts';
export { failure, type Status } from './status.ts';
