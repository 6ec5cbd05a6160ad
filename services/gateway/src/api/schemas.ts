// JSON Schemas of the routes: what is validated, and what /api/v1/openapi.json says.

const text = { type: 'string' } as const;
const moment = { type: 'string', format: 'date-time' } as const;

/** a DNS label */
export const nameSchema = { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$', maxLength: 63 } as const;
/** as Kubernetes takes them */
export const labelsSchema = {
  type: 'object',
  maxProperties: 64,
  propertyNames: { pattern: '^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$' },
  additionalProperties: { type: 'string', pattern: '^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$' },
} as const;

const params = { type: 'object', required: ['name'], properties: { name: nameSchema } } as const;
const object = { type: 'object', additionalProperties: true } as const;

const problem = {
  description: 'Refused: RFC 9457, with a stable `code`',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        properties: { type: text, title: text, status: { type: 'integer' }, detail: text, code: text, auditID: text },
      },
    },
  },
} as const;

const cluster = {
  type: 'object',
  properties: {
    name: text,
    id: text,
    labels: { type: 'object', additionalProperties: text },
    createdAt: moment,
    createdBy: text,
    joinedAt: moment,
    state: { type: 'string', enum: ['connected', 'degraded', 'away'] },
    kubernetesVersion: text,
    agents: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          instance: text,
          version: text,
          kubernetesVersion: text,
          upstreamReady: { type: 'boolean' },
          seenAt: moment,
        },
      },
    },
  },
} as const;

const registration = {
  type: 'object',
  properties: {
    cluster,
    expiresAt: moment,
    token: { ...text, description: 'the join token, shown only here' },
    join: { ...object, description: 'for fairlead agent run --join' },
    manifest: { ...text, description: 'for kubectl apply' },
  },
} as const;

const policy = {
  type: 'object',
  required: ['name', 'document', 'attachedTo'],
  properties: {
    name: nameSchema,
    description: { type: 'string', maxLength: 1024 },
    document: object,
    attachedTo: { type: 'array', maxItems: 1000, items: { type: 'string', minLength: 1, maxLength: 1024 } },
  },
} as const;

function body(properties: object, required: string[]) {
  return { type: 'object', additionalProperties: false, required, properties };
}

function answers(status: number, schema: object) {
  return { [status]: schema, '4xx': problem, '5xx': problem };
}

export const schemas = {
  login: {
    summary: 'Open a session with the administrator’s secret',
    tags: ['sessions'],
    security: [],
    body: body({ secret: { type: 'string', minLength: 1, maxLength: 1024 } }, ['secret']),
    response: answers(200, { type: 'object', properties: { token: text, expiresAt: moment, user: text } }),
  },
  whoami: {
    summary: 'Who the hub takes you for, and until when',
    tags: ['sessions'],
    response: answers(200, {
      type: 'object',
      properties: {
        user: text,
        groups: { type: 'array', items: text },
        issuer: text,
        credential: text,
        expiresAt: moment,
      },
    }),
  },
  listClusters: {
    summary: 'The registered clusters that you may see',
    tags: ['clusters'],
    response: answers(200, { type: 'object', properties: { clusters: { type: 'array', items: cluster } } }),
  },
  getCluster: { summary: 'One cluster', tags: ['clusters'], params, response: answers(200, cluster) },
  registerCluster: {
    summary: 'Register a cluster; the answer holds what its agent needs to join',
    tags: ['clusters'],
    body: body({ name: nameSchema, labels: labelsSchema }, ['name']),
    response: answers(201, registration),
  },
  joinToken: {
    summary: 'A new join token for the same cluster; an older one is good no longer',
    tags: ['clusters'],
    params,
    body: { type: ['object', 'null'], additionalProperties: false },
    response: answers(201, registration),
  },
  removeCluster: {
    summary: 'Take a cluster out of the fleet; its agents are cut off',
    tags: ['clusters'],
    params,
    response: answers(204, { type: 'null' }),
  },
  credential: {
    summary: 'A credential of ten minutes for kubectl and one cluster',
    tags: ['clusters'],
    params,
    body: { type: ['object', 'null'], additionalProperties: false },
    response: answers(201, { type: 'object', properties: { token: text, expiresAt: moment } }),
  },
  join: {
    summary: 'An agent takes its identity for a single-use token',
    tags: ['clusters'],
    security: [],
    body: body(
      {
        token: { type: 'string', minLength: 1, maxLength: 256 },
        csr: { type: 'string', minLength: 1, maxLength: 16_384 },
        natsUserPublicKey: { type: 'string', minLength: 56, maxLength: 56 },
        cluster: nameSchema,
      },
      ['token', 'csr', 'natsUserPublicKey'],
    ),
    response: answers(200, {
      type: 'object',
      properties: {
        clusterId: text,
        clusterName: text,
        certificate: text,
        ca: text,
        leafUrls: { type: 'array', items: text },
        leafUserJwt: text,
        trustDomain: text,
      },
    }),
  },
  listPolicies: {
    summary: 'All policies',
    tags: ['policies'],
    response: answers(200, { type: 'object', additionalProperties: true }),
  },
  getPolicy: { summary: 'One policy', tags: ['policies'], params, response: answers(200, object) },
  putPolicy: {
    summary: 'Create or replace a policy',
    tags: ['policies'],
    params,
    body: policy,
    response: answers(200, object),
  },
  deletePolicy: { summary: 'Delete a policy', tags: ['policies'], params, response: answers(204, { type: 'null' }) },
  explain: {
    summary: 'What would be decided, and by which statements',
    tags: ['policies'],
    body: body({ question: object }, ['question']),
    response: answers(200, object),
  },
  audit: { summary: 'The audit log: relayed to the audit service', tags: ['audit'] },
};
