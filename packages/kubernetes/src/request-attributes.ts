import { isTrue, type Query } from './query.ts';
import { isInt64, isLabelSelector, requiredFieldValue } from './selectors.ts';

/**
 * What the API server will understand of a request, computed from method and target alone, so that the policy decides about the same
 * thing that the API server will do. Follows RequestInfoFactory of k8s.io/apiserver (pkg/endpoints/request/requestinfo.go).
 */
export interface RequestAttributes {
  /** get, list, watch, create, update, patch, delete, deletecollection, proxy (legacy); for non-resource requests the lower-cased method */
  readonly verb: string;
  readonly isResourceRequest: boolean;
  /** decoded path, as the API server splits it */
  readonly path: string;
  /** 'api' or 'apis' for resource requests, '' otherwise */
  readonly apiPrefix: string;
  /** '' is the core group */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** '' for cluster-scoped */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  /** '' when the request names no object */
  readonly name: string;
  /** raw selectors of list, watch and deletecollection, '' when absent and for the legacy /watch/ prefix */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** path segments from the resource on */
  readonly parts: readonly string[];
  /** watch, or a subresource that streams: log with follow, exec, attach, portforward, proxy */
  readonly isLongRunning: boolean;
}

/** Subresources of a namespace, told apart from resources in it. */
export const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);

const verbOfMethod: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const streamingSubresources = new Set(['exec', 'attach', 'portforward', 'proxy']);

/**
 * Computes the attributes of a request whose target parseRequestTarget accepted.
 *
 * `path` is decoded. A method without a verb (OPTIONS) gives a resource request the verb ''. `/api/v1/watch` and `/api/v1/proxy`, which the API
 * server refuses as undeterminable, come out as resource requests without a resource.
 */
export function requestAttributes(method: string, path: string, query: Query): RequestAttributes {
  const segments = splitPath(path);
  const apiPrefix = segments[0] === 'api' || segments[0] === 'apis' ? segments[0] : '';
  const versionIndex = apiPrefix === 'apis' ? 2 : 1;
  if (apiPrefix === '' || segments.length < versionIndex + 2) return nonResourceAttributes(method, path);

  const rest = segments.slice(versionIndex + 1);
  const isVerbInPath = rest[0] === 'watch' || rest[0] === 'proxy';
  let verb = isVerbInPath ? (rest.shift() as string) : (verbOfMethod[method] ?? '');

  const namespace = rest[0] === 'namespaces' ? (rest[1] ?? '') : '';
  const isInNamespace = rest[0] === 'namespaces' && rest.length > 2 && !namespaceSubresources.has(rest[2] as string);
  const parts = isInNamespace ? rest.slice(2) : rest;
  const resource = parts[0] ?? '';
  const subresource = verb === 'proxy' ? '' : (parts[2] ?? '');
  let name = parts[1] ?? '';

  if (name === '' && verb === 'get') {
    verb = isTrue(query, 'watch') ? 'watch' : 'list';
    name = nameInFieldSelector(query);
  } else if (name === '' && verb === 'delete') {
    verb = 'deletecollection';
  }
  const hasSelectors = !isVerbInPath && (verb === 'list' || verb === 'watch' || verb === 'deletecollection');
  return {
    verb,
    isResourceRequest: true,
    path,
    apiPrefix,
    apiGroup: apiPrefix === 'apis' ? (segments[1] as string) : '',
    apiVersion: segments[versionIndex] as string,
    namespace,
    resource,
    subresource,
    name,
    labelSelector: hasSelectors ? (query.get('labelSelector')?.[0] ?? '') : '',
    fieldSelector: hasSelectors ? (query.get('fieldSelector')?.[0] ?? '') : '',
    parts,
    isLongRunning:
      verb === 'watch' ||
      verb === 'proxy' ||
      streamingSubresources.has(subresource) ||
      (subresource === 'log' && isTrue(query, 'follow')),
  };
}

/** Slashes at both ends do not count; empty segments can only stand behind the proxy subresource, and stay. */
function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return path.slice(start, end).split('/');
}

function nonResourceAttributes(method: string, path: string): RequestAttributes {
  return {
    verb: method.toLowerCase(),
    isResourceRequest: false,
    path,
    apiPrefix: '',
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    labelSelector: '',
    fieldSelector: '',
    parts: [],
    isLongRunning: false,
  };
}

/** A list or watch of `metadata.name=x` names x, unless any of its options does not parse: then the API server forgets them all. */
function nameInFieldSelector(query: Query): string {
  const selector = query.get('fieldSelector')?.[0];
  if (selector === undefined) return '';
  for (const key of ['limit', 'timeoutSeconds']) {
    const value = query.get(key)?.[0];
    if (value !== undefined && !isInt64(value)) return '';
  }
  if (!isLabelSelector(query.get('labelSelector')?.[0] ?? '')) return '';
  const { isValid, value } = requiredFieldValue(selector, 'metadata.name');
  const isPathSegment = isValid && value !== undefined && value !== '.' && value !== '..' && !/[/%]/.test(value);
  return isPathSegment ? value : '';
}
