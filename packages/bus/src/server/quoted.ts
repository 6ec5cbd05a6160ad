import { BusError } from '../bus-error.ts';

/** A string of nats-server's configuration language. Throws BusError CONFIG_TEXT for control characters, which no path or JWT of ours has. */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new BusError(
      'CONFIG_TEXT',
      `${JSON.stringify(text)} cannot stand in a NATS configuration; use a path without control characters`,
    );
  }
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
