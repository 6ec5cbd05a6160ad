/** Every refusal of this package. `code` is stable: NAME_*, PEER_*, CSR_*, CREDENTIAL_* or TOKEN_*. Messages hold no secret. */
export class IdentityError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IdentityError';
    this.code = code;
  }
}
