import { IdentityError } from './identity-error.ts';

/** What a SPIFFE-style URI name of ours says. */
export type ComponentName =
  /** spiffe://<trust domain>/hub/<component>/<instance> */
  | { readonly kind: 'hub'; readonly component: HubComponent; readonly instance: string }
  /** spiffe://<trust domain>/cluster/<cluster id>/agent */
  | { readonly kind: 'agent'; readonly clusterId: string };

export const hubComponents = ['gateway', 'stub', 'authz', 'audit', 'nats'] as const;
export type HubComponent = (typeof hubComponents)[number];

/** SPIFFE-ID section 2.1, and no port or user part. */
const trustDomainSyntax = /^[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?$/;
const instanceSyntax = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const clusterIdSyntax = /^A[A-Z2-7]{55}$/;

/** Whether this is the form of a cluster id: a NATS account public key. */
export const isClusterId = (text: string): boolean => clusterIdSyntax.test(text);

/** Throws IdentityError NAME_MALFORMED for a part that could not be read back. */
export function formatComponentName(trustDomain: string, name: ComponentName): string {
  const path = name.kind === 'hub' ? `hub/${name.component}/${name.instance}` : `cluster/${name.clusterId}/agent`;
  const uri = `spiffe://${trustDomain}/${path}`;
  parseComponentName(uri);
  return uri;
}

/**
 * Reads a name byte for byte: no decoding, no normalisation, so that two readers cannot disagree. Throws IdentityError NAME_MALFORMED.
 */
export function parseComponentName(uri: string): { name: ComponentName; trustDomain: string } {
  const [scheme, empty, trustDomain = '', kind, first = '', second = '', ...rest] = uri.split('/');
  if (scheme === 'spiffe:' && empty === '' && trustDomainSyntax.test(trustDomain) && rest.length === 0) {
    const component = hubComponents.find((known) => known === first);
    if (kind === 'hub' && component !== undefined && instanceSyntax.test(second)) {
      return { name: { kind: 'hub', component, instance: second }, trustDomain };
    }
    if (kind === 'cluster' && isClusterId(first) && second === 'agent') {
      return { name: { kind: 'agent', clusterId: first }, trustDomain };
    }
  }
  throw new IdentityError(
    'NAME_MALFORMED',
    `${JSON.stringify(uri.slice(0, 300))} is not a component's name; it has to be spiffe://<trust domain>/hub/<component>/<instance> or /cluster/<cluster id>/agent`,
  );
}
