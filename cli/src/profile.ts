import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What the command remembers of one hub. */
export interface HubProfile {
  readonly url: string;
  /** PEM of the authority that signs the hub's certificate; absent: the system's */
  readonly ca?: string;
  readonly session: string;
  /** RFC 3339 */
  readonly sessionExpiresAt: string;
  readonly user: string;
}

interface Profiles {
  readonly current?: string;
  readonly hubs: Readonly<Record<string, HubProfile>>;
}

/** The user has to do something first; the message says what. */
export class NotLoggedInError extends Error {
  readonly code = 'NOT_LOGGED_IN';
}

/** `FAIRLEAD_CONFIG`, else `$XDG_CONFIG_HOME/fairlead/config.json`, else under ~/.config. */
export function profileFile(env: NodeJS.ProcessEnv = process.env): string {
  return env.FAIRLEAD_CONFIG ?? join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'fairlead', 'config.json');
}

/** The profile of `url`, or of the hub used last. Throws NotLoggedInError when there is none, or when its session has ended. */
export function readProfile(file: string, url?: string, now = new Date()): HubProfile {
  const { current, hubs } = readProfiles(file);
  const name = url === undefined ? current : new URL(url).origin;
  const profile = name === undefined ? undefined : hubs[name];
  if (profile === undefined) {
    throw new NotLoggedInError(
      `You are not logged in${url === undefined ? '' : ` to ${url}`}: run 'fairlead login ${url ?? 'URL'}'`,
    );
  }
  if (new Date(profile.sessionExpiresAt) <= now) {
    throw new NotLoggedInError(
      `Your session at ${profile.url} ended at ${profile.sessionExpiresAt}: run 'fairlead login ${profile.url}'`,
    );
  }
  return profile;
}

/** Remembers a hub and makes it the current one. The file is readable by its owner only and replaced in one step. */
export function writeProfile(file: string, profile: HubProfile): void {
  const origin = new URL(profile.url).origin;
  const profiles: Profiles = { current: origin, hubs: { ...readProfiles(file).hubs, [origin]: profile } };
  replaceFile(file, `${JSON.stringify(profiles, null, 2)}\n`);
}

/** Writes `text` beside `file` with mode 0600 and renames it into place, so that no reader sees half of it. */
export function replaceFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  renameSync(beside, file);
}

function readProfiles(file: string): Profiles {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { hubs: {} };
    throw error;
  }
  try {
    const { current, hubs } = JSON.parse(text) as Partial<Profiles>;
    return { hubs: hubs ?? {}, ...(current === undefined ? {} : { current }) };
  } catch {
    throw new NotLoggedInError(`${file} is damaged: delete it and run 'fairlead login URL'`);
  }
}
