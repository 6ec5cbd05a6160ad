import { stringify } from 'yaml';

export interface KubeconfigInput {
  readonly hubUrl: string;
  /** PEM */
  readonly ca?: string;
  /** cluster names; the first one's context becomes the current one */
  readonly clusters: readonly string[];
  /** how kubectl calls this command: executable and leading arguments */
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A kubeconfig with one cluster, context and user for each cluster, named `fairlead-<cluster>`. Credentials come from the exec plugin
 * (client.authentication.k8s.io/v1), so that the file holds no secret and may be shared.
 */
export function kubeconfig({ hubUrl, ca, clusters, command, env = {} }: KubeconfigInput): string {
  const [executable, ...leading] = command;
  const name = (cluster: string) => `fairlead-${cluster}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    ...(clusters[0] === undefined ? {} : { 'current-context': name(clusters[0]) }),
    clusters: clusters.map((cluster) => ({
      name: name(cluster),
      cluster: {
        server: `${new URL(hubUrl).origin}/clusters/${cluster}`,
        ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
      },
    })),
    contexts: clusters.map((cluster) => ({
      name: name(cluster),
      context: { cluster: name(cluster), user: name(cluster) },
    })),
    users: clusters.map((cluster) => ({
      name: name(cluster),
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: executable,
          args: [...leading, 'credential', '--hub', new URL(hubUrl).origin, '--cluster', cluster],
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          interactiveMode: 'Never',
          installHint: "Fairlead's command is missing: see the README of Fairlead",
        },
      },
    })),
  });
}
