import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { askHub } from '../hub-client.ts';
import { table } from '../table.ts';
import { type CommandContext, type HubOption, hubOf } from './context.ts';

interface Policy {
  readonly name: string;
  readonly description?: string;
  readonly attachedTo: readonly string[];
  readonly document: { readonly Statement: readonly unknown[] };
}

export function registerPolicies(program: Command, context: CommandContext): void {
  const policies = program.command('policies').description('who may do what');

  policies
    .command('list')
    .option('--hub <url>')
    .option('--json', 'machine-readable')
    .action(async (options: HubOption & { json?: boolean }) => {
      const { policies: found } = await askHub<{ policies: Policy[] }>(
        hubOf(context, options),
        'GET',
        '/api/v1/policies',
      );
      context.print(
        options.json
          ? JSON.stringify(found)
          : table(
              ['NAME', 'STATEMENTS', 'ATTACHED TO'],
              found.map((p) => [p.name, String(p.document.Statement.length), p.attachedTo.join(', ')]),
            ),
      );
    });

  policies
    .command('show')
    .argument('<name>')
    .option('--hub <url>')
    .action(async (name: string, options: HubOption) => {
      context.print(JSON.stringify(await askHub(hubOf(context, options), 'GET', path(name)), null, 2));
    });

  policies
    .command('apply')
    .description('create or replace a policy from a YAML or JSON file {name, description, attachedTo, document}')
    .requiredOption('-f, --file <file>', '- reads standard input')
    .option('--hub <url>')
    .action(async ({ file, ...options }: HubOption & { file: string }) => {
      const policy = parse(readFileSync(file === '-' ? 0 : file, 'utf8')) as Partial<Policy> | null;
      if (typeof policy?.name !== 'string')
        throw new Error(`${file} holds no policy: it needs a name, attachedTo and a document`);
      await askHub(hubOf(context, options), 'PUT', path(policy.name), policy);
      context.print(`Policy ${policy.name} is in force`);
    });

  policies
    .command('delete')
    .argument('<name>')
    .option('--hub <url>')
    .action(async (name: string, options: HubOption) => {
      await askHub(hubOf(context, options), 'DELETE', path(name));
      context.print(`Policy ${name} is deleted`);
    });
}

function path(name: string): string {
  return `/api/v1/policies/${encodeURIComponent(name)}`;
}
