// What `kubectl apply` makes of a registration: a Job joins with the single-use token and keeps the cluster's identity in one Secret, two agent
// pods mount it. The agent's own ServiceAccount may do nothing but impersonate; the Job's may do nothing but write that Secret.

import { stringify } from 'yaml';

export interface JoinDocument {
  readonly hubUrl: string;
  /** PEM of the authority that signs the public listener's certificate */
  readonly ca: string;
  readonly token: string;
  readonly cluster: string;
}

export interface ManifestOptions {
  readonly join: JoinDocument;
  readonly image: string;
  /** binds the group fairlead:admins to cluster-admin; without it rights are given by RBAC of the cluster's own */
  readonly adminsAreClusterAdmin: boolean;
  /** tells one token's Job from the next: Jobs are immutable */
  readonly jobSuffix: string;
}

const namespace = 'fairlead';
const identitySecret = 'fairlead-agent-identity';

const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  fsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
};
const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Kubernetes objects in the order in which they are applied. Pods hold to the Pod Security Standard `restricted`. */
export function joinManifest(options: ManifestOptions): string {
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    ...agentRights(options.adminsAreClusterAdmin),
    ...joinJob(options),
    ...agentPods(options.image),
  ];
  return objects.map((object) => `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`).join('');
}

function agentRights(adminsAreClusterAdmin: boolean): object[] {
  const rbac = 'rbac.authorization.k8s.io';
  const role = 'fairlead-agent-impersonate';
  const rights: object[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'fairlead-agent', namespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: role },
      rules: [
        { apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'], verbs: ['impersonate'] },
        { apiGroups: ['authentication.k8s.io'], resources: ['userextras/*', 'uids'], verbs: ['impersonate'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'fairlead-agent', namespace }],
    },
  ];
  if (adminsAreClusterAdmin) {
    rights.push({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'fairlead-admins' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: rbac, kind: 'Group', name: 'fairlead:admins' }],
    });
  }
  return rights;
}

function joinJob({ join, image, jobSuffix }: ManifestOptions): object[] {
  const rbac = 'rbac.authorization.k8s.io';
  const name = 'fairlead-join';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace },
      rules: [
        // RBAC cannot limit create by name
        { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
        { apiGroups: [''], resources: ['secrets'], resourceNames: [identitySecret], verbs: ['get', 'update', 'patch'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${name}-${jobSuffix}`, namespace },
      type: 'Opaque',
      stringData: { 'join.json': JSON.stringify(join) },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: `${name}-${jobSuffix}`, namespace },
      spec: {
        backoffLimit: 6,
        ttlSecondsAfterFinished: 86_400,
        template: {
          spec: {
            serviceAccountName: name,
            restartPolicy: 'OnFailure',
            securityContext: podSecurity,
            containers: [
              {
                name: 'join',
                image,
                command: ['node', '/app/fairlead.mjs', 'agent', 'join'],
                args: ['--join', '/join/join.json', '--store-secret', identitySecret],
                securityContext: containerSecurity,
                resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
                volumeMounts: [{ name: 'join', mountPath: '/join', readOnly: true }],
              },
            ],
            volumes: [{ name: 'join', secret: { secretName: `${name}-${jobSuffix}`, defaultMode: 0o440 } }],
          },
        },
      },
    },
  ];
}

function agentPods(image: string): object[] {
  const name = 'fairlead-agent';
  const labels = { app: name };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            terminationGracePeriodSeconds: 45,
            securityContext: podSecurity,
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: 'kubernetes.io/hostname',
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: { matchLabels: labels },
              },
            ],
            containers: [
              {
                name: 'agent',
                image,
                env: [
                  { name: 'FAIRLEAD_AGENT_STATE_DIR', value: '/identity' },
                  { name: 'FAIRLEAD_AGENT_WORK_DIR', value: '/work' },
                  { name: 'FAIRLEAD_AGENT_OPS__HOST', value: '0.0.0.0' },
                  { name: 'FAIRLEAD_AGENT_OPS__PORT', value: '9090' },
                  { name: 'NODE_OPTIONS', value: '--max-old-space-size=192' },
                ],
                ports: [{ name: 'ops', containerPort: 9090 }],
                livenessProbe: { httpGet: { path: '/healthz', port: 'ops' }, periodSeconds: 10 },
                readinessProbe: { httpGet: { path: '/readyz', port: 'ops' }, periodSeconds: 5 },
                resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '384Mi' } },
                securityContext: containerSecurity,
                volumeMounts: [
                  { name: 'identity', mountPath: '/identity', readOnly: true },
                  { name: 'work', mountPath: '/work' },
                ],
              },
            ],
            volumes: [
              { name: 'identity', secret: { secretName: identitySecret, defaultMode: 0o440 } },
              { name: 'work', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    },
  ];
}
