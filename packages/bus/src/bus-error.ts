/** Every refusal of this package. `code` is stable: NKEY_*, HUB_*, NATS_SERVER_*, ACCOUNT_*, EXISTS, CONFLICT. Messages hold no secret. */
export class BusError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BusError';
    this.code = code;
  }
}
