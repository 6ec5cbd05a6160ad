/** RAM-style policy document, https://www.alibabacloud.com/help/en/ram/policy-structure-and-syntax */
export interface PolicyDocument {
  readonly Version: '1';
  readonly Statement: readonly PolicyStatement[];
}
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource: string | readonly string[];
  /** operator → context key → value or values */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A stored policy: the document and to whom it is attached. Kept in the KV bucket `policies` under its name (a DNS label). */
export interface StoredPolicy {
  readonly name: string;
  readonly description?: string;
  readonly document: PolicyDocument;
  /** `user:<name>` or `group:<name>` or `*` (everybody who is authenticated) */
  readonly attachedTo: readonly string[];
}
