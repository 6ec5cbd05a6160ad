import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { askHub } from '../hub-client.ts';
import { profileFile, writeProfile } from '../profile.ts';
import { type CommandContext, type HubOption, hubOf } from './context.ts';

interface Session {
  readonly token: string;
  readonly expiresAt: string;
  readonly user: string;
}

interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
  readonly issuer: string;
  readonly credential: string;
  readonly expiresAt: string;
}

export function registerLogin(program: Command, context: CommandContext): void {
  program
    .command('login')
    .description('start a session at a hub and remember it')
    .argument('<url>', 'the hub, for example https://127.0.0.1:8443')
    .requiredOption('--secret-file <file>', "file with the hub's administrator secret (- reads standard input)")
    .option('--ca <file>', "PEM of the authority that signs the hub's certificate")
    .action(async (url: string, options: { secretFile: string; ca?: string }) => {
      const ca = options.ca === undefined ? undefined : readFileSync(options.ca, 'utf8');
      const secret = readFileSync(options.secretFile === '-' ? 0 : options.secretFile, 'utf8').trim();
      const origin = new URL(url).origin;
      const trust = ca === undefined ? {} : { ca };
      const session = await askHub<Session>({ url: origin, ...trust }, 'POST', '/api/v1/login', { secret });
      writeProfile(profileFile(context.env), {
        url: origin,
        ...trust,
        session: session.token,
        sessionExpiresAt: session.expiresAt,
        user: session.user,
      });
      context.print(`Logged in to ${origin} as ${session.user} until ${session.expiresAt}`);
    });

  program
    .command('whoami')
    .description('who the hub takes you for, and until when')
    .option('--hub <url>', 'the hub, when you are logged in to several')
    .option('--json', 'machine-readable')
    .action(async (options: HubOption & { json?: boolean }) => {
      const identity = await askHub<Identity>(hubOf(context, options), 'GET', '/api/v1/whoami');
      context.print(
        options.json
          ? JSON.stringify(identity)
          : `${identity.user}\ngroups: ${identity.groups.join(', ') || '(none)'}\nissuer: ${identity.issuer}\nsession ends: ${identity.expiresAt}`,
      );
    });
}
