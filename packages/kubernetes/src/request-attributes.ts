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
  /** raw selectors of list, watch and deletecollection, '' when absent */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** path segments from the resource on */
  readonly parts: readonly string[];
  /** watch, or a subresource that streams: log with follow, exec, attach, portforward, proxy */
  readonly isLongRunning: boolean;
}
