import type { Command } from 'commander';
import { CredentialStore } from '../credential-store.ts';
import { askHub } from '../hub-client.ts';
import { kubeconfig } from '../kubeconfig.ts';
import { profileFile, replaceFile } from '../profile.ts';
import { type CommandContext, type HubOption, hubOf } from './context.ts';

export function registerKubeconfig(program: Command, context: CommandContext): void {
  program
    .command('kubeconfig')
    .argument('[cluster...]', 'names of clusters; none: all that you may see')
    .description('a kubeconfig whose credentials renew themselves')
    .option('-o, --output <file>', 'write it there instead of printing it')
    .option('--hub <url>')
    .action(async (names: string[], options: HubOption & { output?: string }) => {
      const hub = hubOf(context, options);
      const { clusters } = await askHub<{ clusters: { name: string }[] }>(hub, 'GET', '/api/v1/clusters');
      const known = clusters.map(({ name }) => name);
      const unknown = names.find((name) => !known.includes(name));
      if (unknown !== undefined)
        throw new Error(`The hub knows no cluster '${unknown}'; 'fairlead clusters list' shows those it knows`);
      const own = context.env.FAIRLEAD_CONFIG;
      const text = kubeconfig({
        hubUrl: hub.url,
        ...(hub.ca === undefined ? {} : { ca: hub.ca }),
        clusters: names.length > 0 ? names : known,
        command: ownCommand(),
        ...(own === undefined ? {} : { env: { FAIRLEAD_CONFIG: own } }),
      });
      if (options.output === undefined) context.print(text.trimEnd());
      else {
        replaceFile(options.output, text);
        context.note(`Wrote ${options.output}: kubectl --kubeconfig ${options.output} get nodes`);
      }
    });

  program
    .command('credential', { hidden: true })
    .description('the exec plugin of kubectl: prints an ExecCredential (client.authentication.k8s.io/v1)')
    .requiredOption('--cluster <name>')
    .option('--hub <url>')
    .action(async ({ cluster, hub: url }: { cluster: string; hub?: string }) => {
      const hub = hubOf(context, url === undefined ? {} : { hub: url });
      const credential = await new CredentialStore(profileFile(context.env)).get(hub, cluster, () =>
        askHub(hub, 'POST', `/api/v1/clusters/${encodeURIComponent(cluster)}/credentials`, {}),
      );
      context.print(
        JSON.stringify({
          apiVersion: 'client.authentication.k8s.io/v1',
          kind: 'ExecCredential',
          status: { token: credential.token, expirationTimestamp: credential.expiresAt },
        }),
      );
    });
}

/** How this very command can be started again: the runtime and the script where it runs from sources, else its own file. */
function ownCommand(): [string, ...string[]] {
  const script = process.argv[1];
  return script === undefined ? [process.execPath] : [process.execPath, script];
}
