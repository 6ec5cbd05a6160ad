export {
  type AccessToken,
  type AccessTokenDraft,
  type AccessTokenExpectation,
  AccessTokens,
  type AccessTokenUse,
  createLoginKey,
  sessionAudience,
} from './access-token.ts';
export {
  type Authority,
  certificateFingerprint,
  createAgentRequest,
  createAuthority,
  type IssuedCertificate,
  openAuthority,
} from './authority.ts';
export {
  type ComponentName,
  formatComponentName,
  type HubComponent,
  hubComponents,
  isClusterId,
  parseComponentName,
} from './component-name.ts';
export { IdentityError } from './identity-error.ts';
export {
  CredentialCache,
  type CredentialExpectation,
  CredentialSigner,
  credentialLifeSeconds,
  credentialSkewSeconds,
  type InternalCredential,
  maxCredentialBytes,
  type SignedCredential,
  signCredential,
  verifyCredential,
} from './internal-credential.ts';
export { admitPeer, assertPeer, certificateName, type PeerExpectation } from './peer.ts';
export { asPrincipal, type Principal } from './principal.ts';
