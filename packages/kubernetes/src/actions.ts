import type { RequestAttributes } from './request-attributes.ts';

/**
 * Every action that a request to a cluster can be, by what it does and never by its HTTP method: a WebSocket exec arrives as GET. No
 * action that reads begins like one that executes, so that `k8s:Get*` can never come to mean `k8s:Exec`.
 */
export const actions = [
  'k8s:Get',
  'k8s:List',
  'k8s:Watch',
  'k8s:Create',
  'k8s:Update',
  'k8s:Patch',
  'k8s:Delete',
  'k8s:DeleteCollection',
  /** OPTIONS of a resource */
  'k8s:Options',
  'k8s:Exec',
  'k8s:Attach',
  'k8s:PortForward',
  /** pods/proxy, services/proxy and the like */
  'k8s:Proxy',
  /** nodes/proxy: reaches the kubelet, and through it every pod of the node, so that it must be named */
  'k8s:NodeProxy',
  /** an upgrade of any other kind, for example a console of KubeVirt */
  'k8s:Connect',
  'k8s:ReadLogs',
  'k8s:CreateToken',
  'k8s:EphemeralContainers',
  /** asked beside the request's own action when the client sends Impersonate-* (`kubectl --as`) */
  'k8s:Impersonate',
  'k8s:ReadSecrets',
  'k8s:WriteSecrets',
  /** what clients ask before they can do anything: API lists, OpenAPI, version, health */
  'k8s:Discover',
  'k8s:NonResource',
] as const;

export type Action = (typeof actions)[number];

const actionOfSubresource: Readonly<Record<string, Action>> = {
  exec: 'k8s:Exec',
  attach: 'k8s:Attach',
  portforward: 'k8s:PortForward',
  log: 'k8s:ReadLogs',
  token: 'k8s:CreateToken',
  ephemeralcontainers: 'k8s:EphemeralContainers',
};

const actionOfVerb: Readonly<Record<string, Action>> = {
  get: 'k8s:Get',
  list: 'k8s:List',
  watch: 'k8s:Watch',
  create: 'k8s:Create',
  update: 'k8s:Update',
  patch: 'k8s:Patch',
  delete: 'k8s:Delete',
  deletecollection: 'k8s:DeleteCollection',
};

const discovery = /^\/(?:apis?|openapi|version|healthz|livez|readyz)(?:\/|$)/;

/** The action of a request; `isUpgrade` says that it asks for another protocol (WebSocket, SPDY). */
export function actionOf(attributes: RequestAttributes, isUpgrade: boolean): Action {
  const { verb, apiGroup, resource, subresource } = attributes;
  if (!attributes.isResourceRequest) {
    const isRead = verb === 'get' || verb === 'head';
    return isRead && !isUpgrade && discovery.test(attributes.path) ? 'k8s:Discover' : 'k8s:NonResource';
  }
  if (verb === 'proxy' || subresource === 'proxy') return resource === 'nodes' ? 'k8s:NodeProxy' : 'k8s:Proxy';
  const bySubresource = Object.hasOwn(actionOfSubresource, subresource) ? actionOfSubresource[subresource] : undefined;
  if (bySubresource !== undefined) return bySubresource;
  // The API server serves a watch over WebSocket too; any other upgrade is a stream of unknown power.
  if (isUpgrade && verb !== 'watch') return 'k8s:Connect';
  if (resource === 'secrets' && apiGroup === '') {
    return verb === 'get' || verb === 'list' || verb === 'watch' ? 'k8s:ReadSecrets' : 'k8s:WriteSecrets';
  }
  return actionOfVerb[verb] ?? 'k8s:Options';
}

const buffered: ReadonlySet<Action> = new Set([
  'k8s:Get',
  'k8s:List',
  'k8s:Watch',
  'k8s:Options',
  'k8s:ReadLogs',
  'k8s:Discover',
]);

/**
 * How the request is audited: `strict` (no durable record, no request) for whatever changes, executes, or reads secrets, `buffered` for
 * other reads.
 */
export function auditClassOf(action: Action, attributes: RequestAttributes): 'strict' | 'buffered' {
  const isOtherRead = action === 'k8s:NonResource' && (attributes.verb === 'get' || attributes.verb === 'head');
  return buffered.has(action) || isOtherRead ? 'buffered' : 'strict';
}

/**
 * The resource that policies name: `k8s:<cluster>:<namespace or _>:<group or core>/<resource>[/<name>]`, or
 * `k8s:<cluster>:_:nonresource<path>` without the slash that may end the path. The subresource is not part of it: it decides the action.
 */
export function resourceNameOf(cluster: string, attributes: RequestAttributes): string {
  const { apiGroup, namespace, resource, name, path } = attributes;
  if (!attributes.isResourceRequest) {
    return `k8s:${cluster}:_:nonresource${path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path}`;
  }
  const object = `${apiGroup === '' ? 'core' : apiGroup}/${resource}`;
  return `k8s:${cluster}:${namespace === '' ? '_' : namespace}:${object}${name === '' ? '' : `/${name}`}`;
}

/** The resource of a k8s:Impersonate question, as RBAC names it: kind is users, groups, uids, serviceaccounts or userextras/<key>. */
export function impersonatedResourceName(cluster: string, kind: string, name: string): string {
  return `k8s:${cluster}:_:core/${kind}/${name}`;
}
