import { shortText, visibleText } from './visible-text.ts';

/** Parameters of the Kubernetes API whose values say what was asked and hold no secret. Names are compared as sent, percent-escapes and all. */
const keptParameters = new Set([
  'allowWatchBookmarks',
  'command',
  'container',
  'dryRun',
  'fieldManager',
  'fieldSelector',
  'fieldValidation',
  'follow',
  'force',
  'gracePeriodSeconds',
  'labelSelector',
  'limit',
  'limitBytes',
  'ports',
  'pretty',
  'previous',
  'propagationPolicy',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'sinceSeconds',
  'sinceTime',
  'stderr',
  'stdin',
  'stdout',
  'tailLines',
  'timeout',
  'timeoutSeconds',
  'timestamps',
  'tty',
  'watch',
]);

const maxLength = 2_048;

/**
 * A request target as the log keeps it: path and parameter names as sent, the values of well-known parameters, `<n bytes>` for any other
 * value since it may be a secret (a token, `continue`). Hidden characters are written out; at most about 2,048 characters.
 */
export function redactRequestUri(target: string): string {
  const mark = target.indexOf('?');
  const redacted =
    mark < 0
      ? target
      : `${target.slice(0, mark)}?${target
          .slice(mark + 1)
          .split('&')
          .map(redactPair)
          .join('&')}`;
  return shortText(visibleText(redacted), maxLength);
}

function redactPair(pair: string): string {
  const equals = pair.indexOf('=');
  // `;` parts pairs for some readers: a kept value must not carry another parameter's
  if (equals < 0 || (keptParameters.has(pair.slice(0, equals)) && !pair.includes(';'))) return pair;
  return `${pair.slice(0, equals)}=<${Buffer.byteLength(pair) - Buffer.byteLength(pair.slice(0, equals)) - 1} bytes>`;
}
