import type { Command } from 'commander';
import { askHub } from '../hub-client.ts';
import { table } from '../table.ts';
import { type CommandContext, type HubOption, hubOf } from './context.ts';

interface Event {
  readonly auditID: string;
  readonly stage: string;
  readonly stageTimestamp: string;
  readonly cluster?: { readonly name: string };
  readonly actor?: { readonly user: string };
  readonly request: {
    readonly verb: string;
    readonly requestURI: string;
    readonly objectRef?: {
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
  readonly decision?: { readonly effect: string };
  readonly response?: { readonly code: number };
}

/** Options that are parameters of GET /api/v1/audit/events under the same name. */
const filters = [
  'user',
  'cluster',
  'verb',
  'namespace',
  'resource',
  'name',
  'auditID',
  'stage',
  'status',
  'decision',
  'since',
  'until',
  'limit',
  'cursor',
];

export function registerAudit(program: Command, context: CommandContext): void {
  const events = program
    .command('audit')
    .description('what happened')
    .command('events')
    .description('request and response events, newest first')
    .option('--hub <url>')
    .option('--json', 'one JSON event a line');
  for (const filter of filters) events.option(`--${filter} <value>`);
  events.action(async (options: HubOption & { json?: boolean } & Record<string, string>) => {
    const query = new URLSearchParams(
      filters.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
    );
    const { events: found, nextCursor } = await askHub<{ events: Event[]; nextCursor?: string }>(
      hubOf(context, options),
      'GET',
      `/api/v1/audit/events?${query}`,
    );
    context.print(
      options.json ? found.map((event) => JSON.stringify(event)).join('\n') : table(header, found.map(row)),
    );
    if (nextCursor !== undefined) context.note(`More: --cursor ${nextCursor}`);
  });
}

const header = ['TIME', 'STAGE', 'USER', 'CLUSTER', 'VERB', 'OBJECT', 'DECISION', 'STATUS'];

function row({ stageTimestamp, stage, actor, cluster, request, decision, response }: Event): string[] {
  const { objectRef: object } = request;
  const path = object && [object.namespace, object.resource, object.name, object.subresource].filter(Boolean).join('/');
  return [
    stageTimestamp,
    stage,
    actor?.user ?? '',
    cluster?.name ?? '',
    request.verb,
    path ?? request.requestURI,
    decision?.effect ?? '',
    response === undefined ? '' : String(response.code),
  ];
}
