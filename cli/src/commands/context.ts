import { type HubProfile, profileFile, readProfile } from '../profile.ts';

/** What a command prints to and where it finds the hub; tests give their own. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  print(text: string): void;
  /** progress and hints, kept apart from what a script reads */
  note(text: string): void;
}

export interface HubOption {
  readonly hub?: string;
}

/** The hub a command speaks to: `--hub URL`, else the one logged in to last. */
export function hubOf(context: CommandContext, options: HubOption): HubProfile {
  return readProfile(profileFile(context.env), options.hub);
}
