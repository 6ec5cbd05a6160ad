/**
 * Every NATS subject of Fairlead. `<id>` is a cluster's account public key; the exports of the HUB account check it by
 * account_token_position, so that one cluster cannot speak for another.
 */
export const subjects = {
  /** stub → any agent of the cluster (queue group `agents`): the first message of a handshake */
  open: (id: string) => `cluster.${id}.req.open`,
  /** stub → one agent instance */
  agent: (id: string, instance: string) => `cluster.${id}.req.a.${instance}`,
  /**
   * agent → one stub instance, and where the server's 503 (no responders) arrives: `token` says what the message was for,
   * the agent's instance, or `open-<session hex>` for a handshake's first message. Agents answer to the message's reply subject.
   */
  stubReply: (id: string, stub: string, token: string) => `cluster.${id}.rsp.s.${stub}.${token}`,
  stubReplies: (stub: string) => `cluster.*.rsp.s.${stub}.*`,
  /** agent → any stub (queue group `stubs`), every 5 s, AgentPresence as JSON */
  presence: (id: string) => `cluster.${id}.rsp.presence`,
  allPresence: 'cluster.*.rsp.presence',
  /** gateway → authz (queue group `authz`) */
  decide: 'authz.decide',
  /** authz → all gateways after each policy change; payload: the version as text */
  policyVersion: 'authz.version',
  /** gateway → authz (queue group `authz`): policy management, see services/authz */
  policies: 'authz.policies',
  /** gateway → JetStream stream AUDIT, in the account AUDIT */
  auditEvents: (producer: string) => `audit.events.${producer}`,
} as const;

export const queues = { agents: 'agents', stubs: 'stubs', authz: 'authz' } as const;

/** KV buckets of the HUB account. */
export const buckets = { clusters: 'clusters', presence: 'presence', policies: 'policies' } as const;

/** JetStream of the AUDIT account. */
export const auditStream = { name: 'AUDIT', subjects: ['audit.events.>'], consumer: 'audit-store' } as const;
