/** A request and what the API server makes of it; names that are absent are ''. */
export interface RequestCase {
  readonly method: string;
  readonly target: string;
  readonly verb: string;
  /** false for non-resource requests; then only `verb` counts */
  readonly isResourceRequest: boolean;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/**
 * The specification of requestAttributes, one request a line: `METHOD target  verb group/version namespace resource[/subresource] name`,
 * `-` for what is absent, or `METHOD target  verb` for non-resource requests. The integration tests send the same lines to a real API server.
 */
const table = `
GET /  get
GET /api  get
GET /api/  get
GET /apis  get
GET /apis/  get
GET /api/v1  get
GET /api/v1/  get
HEAD /api  head
OPTIONS /api  options
POST /api/v1  post
GET /apis/apps  get
GET /apis/apps/v1  get
GET /apis/apps/v1/  get
GET /apis/apiextensions.k8s.io/v1  get
GET /api?timeout=32s  get
GET /version  get
GET /version?timeout=32s  get
GET /version/  get
GET /healthz  get
GET /healthz/etcd  get
GET /livez?verbose  get
GET /readyz?exclude=etcd  get
GET /readyz/ping  get
GET /metrics  get
HEAD /healthz  head
GET /openapi/v2  get
GET /openapi/v3  get
GET /openapi/v3/api/v1?hash=abc  get
GET /openapi/v3/apis/apps/v1  get
GET /.well-known/openid-configuration  get
GET /openid/v1/jwks  get
GET /logs  get
GET /debug/pprof  get
GET /nothing/here/at/all  get
POST /nothing/here/at/all  post
DELETE /nothing/here  delete
PATCH /nothing/here  patch
PUT /version  put
GET /API/v1/pods  get
GET /apix/v1/pods  get
GET /apis/apps/v1?watch=true  get

GET /api/v1/pods  list -/v1 - pods -
GET /api/v1/pods/  list -/v1 - pods -
HEAD /api/v1/pods  list -/v1 - pods -
GET /api/v1/pods?limit=500  list -/v1 - pods -
GET /api/v1/nodes  list -/v1 - nodes -
GET /api/v1/nodes/n1  get -/v1 - nodes n1
HEAD /api/v1/nodes/n1  get -/v1 - nodes n1
GET /api/v1/nodes/n1/status  get -/v1 - nodes/status n1
PUT /api/v1/nodes/n1/status  update -/v1 - nodes/status n1
PATCH /api/v1/nodes/n1/status  patch -/v1 - nodes/status n1
GET /api/v1/persistentvolumes/pv1  get -/v1 - persistentvolumes pv1
GET /api/v1/componentstatuses  list -/v1 - componentstatuses -
GET /api/v1/namespaces  list -/v1 - namespaces -
GET /api/v1/namespaces/  list -/v1 - namespaces -
POST /api/v1/namespaces  create -/v1 - namespaces -
GET /api/v1/namespaces/default  get -/v1 default namespaces default
GET /api/v1/namespaces/default/  get -/v1 default namespaces default
PUT /api/v1/namespaces/other  update -/v1 other namespaces other
PATCH /api/v1/namespaces/other  patch -/v1 other namespaces other
DELETE /api/v1/namespaces/nosuch  delete -/v1 nosuch namespaces nosuch
DELETE /api/v1/namespaces  deletecollection -/v1 - namespaces -
GET /api/v1/namespaces/default/status  get -/v1 default namespaces/status default
PUT /api/v1/namespaces/nosuch/status  update -/v1 nosuch namespaces/status nosuch
PUT /api/v1/namespaces/nosuch/finalize  update -/v1 nosuch namespaces/finalize nosuch
GET /api/v1/namespaces/default/status/extra  get -/v1 default namespaces/status default
GET /api/v1/namespaces/default/finalizer  list -/v1 default finalizer -
GET /api/v1/namespaces?watch=1&timeoutSeconds=1  watch -/v1 - namespaces -
GET /api/v1/namespaces?fieldSelector=metadata.name%3Ddefault  list -/v1 - namespaces default

GET /api/v1/namespaces/default/pods  list -/v1 default pods -
GET /api/v1/namespaces/default/pods/  list -/v1 default pods -
POST /api/v1/namespaces/default/pods  create -/v1 default pods -
POST /api/v1/namespaces/default/pods?dryRun=All  create -/v1 default pods -
GET /api/v1/namespaces/default/pods/p1  get -/v1 default pods p1
GET /api/v1/namespaces/default/pods/p1/  get -/v1 default pods p1
HEAD /api/v1/namespaces/default/pods/p1  get -/v1 default pods p1
PUT /api/v1/namespaces/default/pods/p1  update -/v1 default pods p1
PATCH /api/v1/namespaces/default/pods/p1  patch -/v1 default pods p1
DELETE /api/v1/namespaces/default/pods/p1  delete -/v1 default pods p1
DELETE /api/v1/namespaces/nosuch/pods  deletecollection -/v1 nosuch pods -
DELETE /api/v1/namespaces/nosuch/pods/  deletecollection -/v1 nosuch pods -
DELETE /api/v1/namespaces/nosuch/pods?labelSelector=a%3Db  deletecollection -/v1 nosuch pods -
DELETE /api/v1/namespaces/nosuch/pods?fieldSelector=metadata.name%3Dp1  deletecollection -/v1 nosuch pods -
POST /api/v1/namespaces/default/pods/p1  create -/v1 default pods p1
OPTIONS /api/v1/namespaces/default/pods  - -/v1 default pods -
GET /api/v1/namespaces/default/pods/p1?watch=true  get -/v1 default pods p1
GET /api/v1/namespaces/default/pods/a.b-c.d  get -/v1 default pods a.b-c.d
GET /api/v1/namespaces/default/pods/p:1  get -/v1 default pods p:1
GET /api/v1/namespaces/default/pods/p@1!$&'()*+,=~_  get -/v1 default pods p@1!$&'()*+,=~_
GET /api/v1/namespaces/default/%70ods/p1  get -/v1 default pods p1
GET /%61pi/v1/namespaces/default/pods/p%31  get -/v1 default pods p1
GET /api/v1/%6eamespaces/default/secrets  list -/v1 default secrets -
GET /api/v1/%6Eamespaces/kube%2Dsystem/secrets  list -/v1 kube-system secrets -
GET /api/v1/namespaces/default/pods/p%2b1  get -/v1 default pods p+1
GET /api/v1/namespaces/default/pods/%3A  get -/v1 default pods :
GET /api/v1/namespaces/namespaces/namespaces/namespaces  get -/v1 namespaces namespaces namespaces
GET /api/v1/namespaces/watch/watch  list -/v1 watch watch -

GET /api/v1/namespaces/default/pods?watch  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=true&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=1&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=True&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=no&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=00&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=%20false&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=false  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=False  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=FALSE  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=0  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?Watch=true  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?w%61tch=1&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=0&watch=1  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=1&watch=0&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?&&watch=1&&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=1&limit=x  watch -/v1 default pods -
GET /api/v1/namespaces/default/pods?watch=0&limit=x  list -/v1 default pods -
HEAD /api/v1/namespaces/default/pods?watch=1&timeoutSeconds=1  watch -/v1 default pods -
POST /api/v1/namespaces/default/pods?watch=1  create -/v1 default pods -
DELETE /api/v1/namespaces/nosuch/pods?watch=1  deletecollection -/v1 nosuch pods -
GET /api/v1/namespaces/default/pods?resourceVersion=0&resourceVersionMatch=NotOlderThan  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?allowWatchBookmarks=true&watch=true&resourceVersion=0&timeoutSeconds=1  watch -/v1 default pods -

GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name=p1  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3D%3Dp1  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&watch=true&timeoutSeconds=1  watch -/v1 default pods p1
GET /api/v1/pods?fieldSelector=metadata.name%3Dp1  list -/v1 - pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name!=p1  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3D  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=spec.nodeName%3Dn1  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=spec.nodeName%3Dn1,metadata.name%3Dp1  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Db,metadata.name%3Da  list -/v1 default pods a
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da,metadata.name%3D%3Db  list -/v1 default pods b
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da,,  list -/v1 default pods a
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da,rubbish  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da%3Db  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da%5C,b  list -/v1 default pods a,b
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da%5C%5Cb  list -/v1 default pods a\\b
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da%5Cb  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3D..  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da%2Fb  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da%25b  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&fieldSelector=metadata.name%3Dp2  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&limit=x  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&limit=  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&limit=%2B5  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&limit=9223372036854775808  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&timeoutSeconds=1.5  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=a%3Db  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=a%20in%20(b,c),!d  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=in+in+(in)  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=a%3E1,b  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=a%3Ex  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=a%20in%20b  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=a%20in%20()  list -/v1 default pods p1
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=a,  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=-a%3Db  list -/v1 default pods -
GET /api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&labelSelector=x.io/a%3Db,x/y/z  list -/v1 default pods -
GET /api/v1/namespaces/default/pods/p1?fieldSelector=metadata.name%3Dp2  get -/v1 default pods p1

GET /api/v1/namespaces/default/pods/p1/log  get -/v1 default pods/log p1
GET /api/v1/namespaces/default/pods/p1/log?follow=true  get -/v1 default pods/log p1
GET /api/v1/namespaces/default/pods/p1/exec?command=ls&stdout=1  get -/v1 default pods/exec p1
POST /api/v1/namespaces/default/pods/p1/exec?command=ls&stdout=1  create -/v1 default pods/exec p1
GET /api/v1/namespaces/default/pods/p1/exec?command=%FF%FE&stdout=1  get -/v1 default pods/exec p1
GET /api/v1/namespaces/default/pods/p1/attach?stdout=1  get -/v1 default pods/attach p1
POST /api/v1/namespaces/default/pods/p1/attach?stdout=1  create -/v1 default pods/attach p1
POST /api/v1/namespaces/default/pods/p1/portforward?ports=80  create -/v1 default pods/portforward p1
GET /api/v1/namespaces/default/pods/p1/portforward?ports=80  get -/v1 default pods/portforward p1
GET /api/v1/namespaces/default/pods/p1/proxy  get -/v1 default pods/proxy p1
GET /api/v1/namespaces/default/pods/p1/proxy/  get -/v1 default pods/proxy p1
GET /api/v1/namespaces/default/pods/p1:8080/proxy/a/b?c=d  get -/v1 default pods/proxy p1:8080
POST /api/v1/namespaces/default/services/https:s1:443/proxy/a%2Fb  create -/v1 default services/proxy https:s1:443
GET /api/v1/namespaces/default/services/s1/proxy/a//b;c=d/%E2%82%AC  get -/v1 default services/proxy s1
DELETE /api/v1/namespaces/default/services/s1/proxy/x  delete -/v1 default services/proxy s1
PUT /api/v1/namespaces/default/services/s1/proxy  update -/v1 default services/proxy s1
PATCH /api/v1/namespaces/default/services/s1/proxy/x  patch -/v1 default services/proxy s1
HEAD /api/v1/namespaces/default/services/s1/proxy/x  get -/v1 default services/proxy s1
OPTIONS /api/v1/namespaces/default/services/s1/proxy/x  - -/v1 default services/proxy s1
GET /api/v1/nodes/n1/proxy/  get -/v1 - nodes/proxy n1
GET /api/v1/nodes/n1/proxy/run/default/p1/c1?cmd=id  get -/v1 - nodes/proxy n1
GET /api/v1/nodes/n1:10250/proxy/logs  get -/v1 - nodes/proxy n1:10250
POST /api/v1/nodes/n1/proxy/exec/default/p1/c1  create -/v1 - nodes/proxy n1
POST /api/v1/namespaces/default/pods/p1/binding  create -/v1 default pods/binding p1
POST /api/v1/namespaces/default/bindings  create -/v1 default bindings -
POST /api/v1/namespaces/default/pods/p1/eviction  create -/v1 default pods/eviction p1
PATCH /api/v1/namespaces/default/pods/p1/ephemeralcontainers  patch -/v1 default pods/ephemeralcontainers p1
GET /api/v1/namespaces/default/pods/p1/ephemeralcontainers  get -/v1 default pods/ephemeralcontainers p1
PATCH /api/v1/namespaces/default/pods/p1/resize  patch -/v1 default pods/resize p1
GET /api/v1/namespaces/default/pods/p1/status  get -/v1 default pods/status p1
POST /api/v1/namespaces/default/serviceaccounts/nosuch/token  create -/v1 default serviceaccounts/token nosuch
GET /api/v1/namespaces/default/pods/p1/log/extra/parts  get -/v1 default pods/log p1
GET /api/v1/namespaces/default/pods/p1/exec/  get -/v1 default pods/exec p1

GET /api/v1/namespaces/default/secrets  list -/v1 default secrets -
GET /api/v1/secrets?limit=1  list -/v1 - secrets -
GET /api/v1/namespaces/default/secrets/s1  get -/v1 default secrets s1
PUT /api/v1/namespaces/default/secrets/s1  update -/v1 default secrets s1
GET /api/v1/namespaces/default/configmaps/kube-root-ca.crt  get -/v1 default configmaps kube-root-ca.crt
GET /api/v1/namespaces/default/events?limit=500  list -/v1 default events -
GET /api/v1/namespaces/default/endpoints/kubernetes  get -/v1 default endpoints kubernetes
GET /api/v1/namespaces/default/services/kubernetes  get -/v1 default services kubernetes

GET /api/v1/watch/pods?timeoutSeconds=1  watch -/v1 - pods -
GET /api/v1/watch/namespaces/default/pods?timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/watch/namespaces/default/pods/p1?timeoutSeconds=1  watch -/v1 default pods p1
GET /api/v1/watch/namespaces?timeoutSeconds=1  watch -/v1 - namespaces -
GET /api/v1/watch/namespaces/default?timeoutSeconds=1  watch -/v1 default namespaces default
GET /api/v1/watch/nodes/n1?timeoutSeconds=1  watch -/v1 - nodes n1
GET /api/v1/watch/namespaces/default/pods?watch=false&timeoutSeconds=1  watch -/v1 default pods -
GET /api/v1/watch/namespaces/default/pods?fieldSelector=metadata.name%3Dp1&timeoutSeconds=1  watch -/v1 default pods -
POST /api/v1/watch/pods  watch -/v1 - pods -
GET /api/v1/watch/namespaces/default/pods/p1/exec  watch -/v1 default pods/exec p1
GET /apis/apps/v1/watch/deployments?timeoutSeconds=1  watch apps/v1 - deployments -
GET /apis/apps/v1/watch/namespaces/default/deployments/d1?timeoutSeconds=1  watch apps/v1 default deployments d1
GET /api/v1/proxy/nodes/n1  proxy -/v1 - nodes n1
GET /api/v1/proxy/namespaces/default/pods/p1  proxy -/v1 default pods p1
GET /api/v1/proxy/namespaces/default/services/s1/x/y  proxy -/v1 default services s1
POST /api/v1/proxy/namespaces/default/pods/p1/exec  proxy -/v1 default pods p1
GET /api/v1/proxy/pods  proxy -/v1 - pods -

GET /apis/apps/v1/deployments  list apps/v1 - deployments -
GET /apis/apps/v1/namespaces/default/deployments/d1  get apps/v1 default deployments d1
GET /apis/apps/v1/namespaces/default/deployments/d1/scale  get apps/v1 default deployments/scale d1
PUT /apis/apps/v1/namespaces/default/deployments/d1/scale  update apps/v1 default deployments/scale d1
PATCH /apis/apps/v1/namespaces/default/deployments/d1?fieldManager=kubectl&force=true  patch apps/v1 default deployments d1
DELETE /apis/apps/v1/namespaces/nosuch/deployments  deletecollection apps/v1 nosuch deployments -
GET /apis/apps/v1/namespaces/default  get apps/v1 default namespaces default
GET /apis/apps/v1/namespaces  list apps/v1 - namespaces -
GET /apis/batch/v1/namespaces/default/jobs?labelSelector=a%3Db&watch=true&timeoutSeconds=1  watch batch/v1 default jobs -
GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system:node  get rbac.authorization.k8s.io/v1 - clusterroles system:node
GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode  get rbac.authorization.k8s.io/v1 - clusterroles system:node
GET /apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles  list rbac.authorization.k8s.io/v1 kube-system roles -
GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions  list apiextensions.k8s.io/v1 - customresourcedefinitions -
GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases  list coordination.k8s.io/v1 kube-node-lease leases -
POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews  create authorization.k8s.io/v1 - selfsubjectaccessreviews -
POST /apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews  create authorization.k8s.io/v1 default localsubjectaccessreviews -
POST /apis/authentication.k8s.io/v1/selfsubjectreviews  create authentication.k8s.io/v1 - selfsubjectreviews -
POST /apis/authentication.k8s.io/v1/tokenreviews  create authentication.k8s.io/v1 - tokenreviews -
PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/c1/approval  update certificates.k8s.io/v1 - certificatesigningrequests/approval c1
GET /apis/metrics.k8s.io/v1beta1/nodes  list metrics.k8s.io/v1beta1 - nodes -
GET /apis/metrics.k8s.io/v1beta1/namespaces/default/pods/p1  get metrics.k8s.io/v1beta1 default pods p1
GET /apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/*/http_requests  get custom.metrics.k8s.io/v1beta1 default pods/http_requests *
GET /apis/no.such.group/v1/things/t1  get no.such.group/v1 - things t1
GET /apis/no.such.group/v1/namespaces/ns1/things?watch=1  watch no.such.group/v1 ns1 things -
DELETE /apis/no.such.group/v1/things  deletecollection no.such.group/v1 - things -
GET /api/v2/pods  list -/v2 - pods -
GET /api/apps/v1/deployments  get -/apps - v1 deployments
GET /apis/v1/pods/p1  list v1/pods - p1 -
`;

export const requestCases: readonly RequestCase[] = table
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [request = '', expected = ''] = line.split('  ');
    const [method = '', target = ''] = request.split(' ');
    const [verb = '', groupVersion, namespace = '', resource = '', name = ''] = expected
      .split(' ')
      .map((field) => (field === '-' ? '' : field));
    const [apiGroup = '', apiVersion = ''] = (groupVersion ?? '')
      .split('/')
      .map((field) => (field === '-' ? '' : field));
    const [mainResource = '', subresource = ''] = resource.split('/');
    const isResourceRequest = groupVersion !== undefined;
    return {
      method,
      target,
      verb,
      isResourceRequest,
      apiGroup,
      apiVersion,
      namespace,
      resource: mainResource,
      subresource,
      name,
    };
  });
