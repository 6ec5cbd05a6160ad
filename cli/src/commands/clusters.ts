import type { Command } from 'commander';
import { askHub } from '../hub-client.ts';
import { replaceFile } from '../profile.ts';
import { table } from '../table.ts';
import { type CommandContext, type HubOption, hubOf } from './context.ts';

interface Cluster {
  readonly name: string;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'connected' | 'degraded' | 'away';
  readonly agents: readonly { instance: string; version: string; kubernetesVersion: string }[];
  readonly createdAt: string;
}

interface Registration {
  readonly cluster: Cluster;
  readonly expiresAt: string;
  /** for `fairlead agent run --join` */
  readonly join: unknown;
  /** for `kubectl apply` */
  readonly manifest: string;
}

type Output = HubOption & { json?: boolean };

export function registerClusters(program: Command, context: CommandContext): void {
  const clusters = program.command('clusters').description('the clusters of the fleet');

  clusters
    .command('list')
    .description('all registered clusters and whether they are connected')
    .option('--hub <url>')
    .option('--json', 'machine-readable')
    .action(async (options: Output) => {
      const { clusters: found } = await askHub<{ clusters: Cluster[] }>(
        hubOf(context, options),
        'GET',
        '/api/v1/clusters',
      );
      if (options.json) return context.print(JSON.stringify(found));
      if (found.length === 0)
        return context.print("No cluster is registered: 'fairlead clusters register NAME' adds one");
      context.print(
        table(
          ['NAME', 'STATE', 'AGENTS', 'KUBERNETES', 'REGISTERED'],
          found.map((c) => [
            c.name,
            c.state,
            String(c.agents.length),
            c.agents[0]?.kubernetesVersion ?? '',
            c.createdAt,
          ]),
        ),
      );
    });

  clusters
    .command('show')
    .argument('<name>')
    .description('one cluster, whole')
    .option('--hub <url>')
    .action(async (name: string, options: HubOption) => {
      context.print(JSON.stringify(await askHub(hubOf(context, options), 'GET', path(name)), null, 2));
    });

  clusters
    .command('register')
    .argument('<name>', 'a DNS label: lower-case letters, digits and -')
    .description('register a cluster and get what its agent needs to join')
    .option('--label <key=value...>', 'labels of the cluster')
    .option('--format <format>', "'manifest' for kubectl apply, 'join' for fairlead agent run", 'manifest')
    .option('-o, --output <file>', 'write it there (mode 0600: it holds the join token) instead of printing it')
    .option('--hub <url>')
    .action(async (name: string, options: HubOption & FormatOptions & { label?: string[] }) => {
      const labels = Object.fromEntries((options.label ?? []).map(labelOf));
      const made = await askHub<Registration>(hubOf(context, options), 'POST', '/api/v1/clusters', { name, labels });
      handOver(context, made, options);
    });

  clusters
    .command('token')
    .argument('<name>')
    .description('a new join token for a registered cluster, which keeps its id, policies and history')
    .option('--format <format>', "'manifest' for kubectl apply, 'join' for fairlead agent run", 'manifest')
    .option('-o, --output <file>', 'write it there (mode 0600) instead of printing it')
    .option('--hub <url>')
    .action(async (name: string, options: HubOption & FormatOptions) => {
      handOver(
        context,
        await askHub<Registration>(hubOf(context, options), 'POST', `${path(name)}/join-tokens`, {}),
        options,
      );
    });

  clusters
    .command('remove')
    .argument('<name>')
    .description('take a cluster out of the fleet and cut its link at once')
    .option('--hub <url>')
    .action(async (name: string, options: HubOption) => {
      await askHub(hubOf(context, options), 'DELETE', path(name));
      context.print(`Removed cluster ${name}; its agents can no longer reach the hub`);
    });
}

interface FormatOptions {
  readonly format: string;
  readonly output?: string;
}

function handOver(context: CommandContext, made: Registration, { format, output }: FormatOptions): void {
  if (format !== 'manifest' && format !== 'join') throw new Error(`--format is 'manifest' or 'join', not '${format}'`);
  const text = format === 'manifest' ? made.manifest : `${JSON.stringify(made.join, null, 2)}\n`;
  if (output === undefined) context.print(text.trimEnd());
  else replaceFile(output, text);
  const target = output ?? 'FILE';
  context.note(
    format === 'manifest'
      ? `Cluster ${made.cluster.name} is registered. In that cluster, before ${made.expiresAt}: kubectl apply -f ${target}`
      : `Cluster ${made.cluster.name} is registered. On a host that reaches it, before ${made.expiresAt}: fairlead agent run --join ${target} --kubeconfig KUBECONFIG`,
  );
}

function labelOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--label takes key=value, not '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function path(name: string): string {
  return `/api/v1/clusters/${encodeURIComponent(name)}`;
}
