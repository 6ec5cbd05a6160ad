/** Answered with 401. The message says what is wrong with the credential and what to do; it never holds a part of it. */
export class AuthenticationError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** RFC 6750 section 3: no error attribute when no credential was sent. */
  get challenge(): string {
    if (this.code === 'CREDENTIAL_MISSING') return 'Bearer realm="fairlead"';
    return `Bearer realm="fairlead", error="invalid_token", error_description="${this.message.replace(/[^ !#-[\]-~]/g, "'")}"`;
  }
}
