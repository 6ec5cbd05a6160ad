/** Who a request speaks for. */
export interface Principal {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  /** the issuer that vouches for it: an OIDC issuer URL or `fairlead` */
  readonly issuer: string;
}

const allowedKeys = new Set(['user', 'uid', 'groups', 'extra', 'issuer']);

/** Gives the value as a Principal, or undefined when it is anything else: a wrong type, a missing field or one that is not known. */
export function asPrincipal(value: unknown): Principal | undefined {
  if (!isRecord(value)) return undefined;
  const { user, uid, groups, extra, issuer } = value;
  const strings =
    typeof user === 'string' && user !== '' && typeof issuer === 'string' && (uid === undefined || isText(uid));
  if (!strings || !isTextList(groups) || !isRecord(extra)) return undefined;
  if (!Object.keys(value).every((key) => allowedKeys.has(key))) return undefined;
  if (!Object.values(extra).every(isTextList)) return undefined;
  return value as unknown as Principal;
}

/** One text for equal principals: fields and the keys of `extra` in a fixed order. Groups keep theirs: it is what the API server sees. */
export function canonicalPrincipal(principal: Principal): Principal {
  const { user, uid, groups, extra, issuer } = principal;
  const sorted = Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1));
  // fromEntries, unlike assignment, makes an own property even of `__proto__`
  return { user, ...(uid === undefined ? {} : { uid }), groups, extra: Object.fromEntries(sorted), issuer };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown) => typeof value === 'string';
const isTextList = (value: unknown) => Array.isArray(value) && value.every(isText);
