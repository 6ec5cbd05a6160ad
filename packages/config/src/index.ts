import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';

export { z } from 'zod';

/** Configuration that cannot be used; `code` is CONFIG_INVALID, the message lists every fault with its key's path. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
}

export interface ConfigSources {
  /** YAML or JSON file; absent: environment only */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** for example `FAIRLEAD_GATEWAY_`; the rest of a variable's name is the key's path in upper snake case, `__` between levels */
  readonly prefix: string;
}

/**
 * Reads configuration from a file, then the environment (which wins), and checks it against a strict zod object schema.
 *
 * `FAIRLEAD_GATEWAY_LISTEN__PORT=8443` sets `listen.port`; a value that parses as JSON is taken as that, anything else as text. Unknown keys and
 * bad values throw ConfigError with the key's path and what was expected. Secrets are given as paths of files, never as values.
 */
export function loadConfig<S extends z.ZodType>(schema: S, { file, env = {}, prefix }: ConfigSources): z.output<S> {
  const fromFile = file === undefined ? {} : readDocument(file);
  const merged = structuredClone(fromFile);
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith(prefix)) continue;
    setPath(merged, name.slice(prefix.length).split('__').map(camelCase), readValue(text), name);
  }
  const result = schema.safeParse(merged);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `  ${pathOf(issue)}: ${issue.message}`);
  throw new ConfigError(
    `The configuration${file === undefined ? '' : ` in ${file}`} cannot be used:\n${faults.join('\n')}`,
  );
}

function readDocument(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`The configuration file ${file} cannot be read: ${(error as Error).message}`);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new ConfigError(`The configuration file ${file} is not YAML: ${(error as Error).message}`);
  }
  if (document === null || document === undefined) return {};
  if (!isObject(document)) throw new ConfigError(`The configuration file ${file} must hold an object`);
  return document;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function setPath(target: Record<string, unknown>, path: string[], value: unknown, variable: string): void {
  const last = path.pop();
  if (last === undefined || last === '') throw new ConfigError(`The environment variable ${variable} names no key`);
  let level = target;
  for (const key of path) {
    const next = level[key];
    if (isObject(next)) level = next;
    else {
      const made: Record<string, unknown> = Object.create(null);
      level[key] = made;
      level = made;
    }
  }
  level[last] = value;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function pathOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  return path === '' ? '(top level)' : path;
}
