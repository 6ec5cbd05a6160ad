// A request target as the audit log may keep it: the values of parameters that everybody sends are kept, any other value is replaced by its
// length, since it may be a secret.

const kept = new Set([
  'allowWatchBookmarks',
  'container',
  'continue',
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
const maxBytes = 4_096;

export function auditedUri(target: string): string {
  const mark = target.indexOf('?');
  if (mark < 0) return cut(target);
  const pairs = target
    .slice(mark + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 0 || kept.has(pair.slice(0, equals))) return pair;
      return `${pair.slice(0, equals)}=(${pair.length - equals - 1})`;
    });
  return cut(`${target.slice(0, mark)}?${pairs.join('&')}`);
}

function cut(text: string): string {
  return text.length <= maxBytes ? text : `${text.slice(0, maxBytes)}…`;
}
