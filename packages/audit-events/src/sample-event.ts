import { newAuditId } from './audit-id.ts';
import type { UnnumberedEvent } from './index.ts';

/** An event as the gateway makes it, for tests and benchmarks; `changes` replace whole top-level fields. */
export function sampleEvent(changes: Partial<UnnumberedEvent> = {}): UnnumberedEvent {
  return {
    auditID: newAuditId(),
    stage: 'RequestReceived',
    requestReceivedTimestamp: '2026-11-30T12:00:00.123000Z',
    stageTimestamp: '2026-11-30T12:00:00.123000Z',
    cluster: { id: `A${'B'.repeat(55)}`, name: 'demo', agent: '0123456789ab' },
    actor: {
      issuer: 'https://idp.example.com',
      user: 'alice@example.com',
      groups: ['dev', 'system:authenticated'],
      credential: 'kubeconfig',
      credentialId: '0198c0de-4711-7000-8000-000000000001',
    },
    source: { ip: '192.0.2.7', userAgent: 'kubectl/v1.37.2 (linux/amd64) kubernetes/0a40c4e' },
    request: {
      method: 'GET',
      verb: 'get',
      action: 'k8s:Get',
      requestURI: '/api/v1/namespaces/default/pods/web-0',
      objectRef: { apiGroup: '', apiVersion: 'v1', resource: 'pods', namespace: 'default', name: 'web-0' },
    },
    decision: { effect: 'Allow', statements: ['developers/0'], policyVersion: '12' },
    ...changes,
  };
}
