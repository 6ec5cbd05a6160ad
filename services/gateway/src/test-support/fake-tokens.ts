import { type AccessToken, type AccessTokenUse, IdentityError } from '@fairlead/identity';

/** Tokens that tests write by hand: `session.<user>` and `kubeconfig.<user>.<audience, with ~ for :>`; any other is somebody else's. */
export class FakeTokens {
  /** seconds since the epoch */
  expiresAt = Math.floor(Date.now() / 1000) + 600;
  verified = 0;

  useOf(token: string): AccessTokenUse | undefined {
    const use = token.split('.')[0];
    return use === 'session' || use === 'kubeconfig' ? use : undefined;
  }

  verify(token: string, { audiences }: { audiences: readonly string[] }, nowMs = Date.now()): AccessToken {
    this.verified += 1;
    const [use, user = '', audience = 'fairlead'] = token.replace('~', ':').split('.');
    if (user === 'forged') throw new IdentityError('TOKEN_BAD_SIGNATURE', 'The token is not signed by this hub');
    if (user === 'late' || this.expiresAt * 1000 <= nowMs)
      throw new IdentityError('TOKEN_EXPIRED', 'The token has expired; log in again');
    if (!audiences.includes(audience))
      throw new IdentityError('TOKEN_WRONG_AUDIENCE', 'The token was issued for another cluster');
    return {
      use: use as AccessTokenUse,
      principal: { user, groups: ['dev'], extra: {}, issuer: 'fairlead' },
      audience,
      issuedAt: Math.floor(nowMs / 1000),
      expiresAt: this.expiresAt,
      id: `id-of-${user}`,
    };
  }
}
