// The management API: Fastify behind the listener. Every route says which action on which resource it is; nothing is served before authz has
// allowed that, and every request is in the audit log, changes before they are made.

import type { Server } from 'node:http';
import type { CachingDecider, Decision, DecisionRequest, StoredPolicy } from '@fairlead/access';
import type { AuditPublisher } from '@fairlead/audit-events';
import type { AccessTokens } from '@fairlead/identity';
import type { ClusterRecord, RegistryView } from '@fairlead/registry';
import type { Logger } from '@fairlead/telemetry';
import swagger from '@fastify/swagger';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifySchema, fastify } from 'fastify';
import { AuthenticationError } from '../authenticate/authentication-error.ts';
import type { Authenticator } from '../authenticate/authenticator.ts';
import { bearerToken } from '../authenticate/bearer-token.ts';
import type { Caller } from '../authenticate/caller.ts';
import { auditId } from '../proxy/audit-id.ts';
import { type AuditedRequest, completeEvent, receivedEvent } from '../proxy/audit-trail.ts';
import { auditedUri } from '../proxy/audited-uri.ts';
import { AttemptBudget } from './attempt-budget.ts';
import type { AuditRelay } from './audit-relay.ts';
import type { ClusterRegistration, JoinRequest, JoinToken } from './cluster-registration.ts';
import { clusterUnknown } from './cluster-registration.ts';
import { type JoinDocument, joinManifest } from './join-manifest.ts';
import type { AskPolicies } from './policy-store.ts';
import { Problem, problemBody, problemType } from './problem.ts';
import { labelsSchema, nameSchema, schemas } from './schemas.ts';

export interface ApiContext {
  readonly registry: RegistryView;
  readonly registration: ClusterRegistration;
  readonly authenticator: Authenticator;
  readonly tokens: Pick<AccessTokens, 'issue'>;
  readonly isAdministratorSecret: (attempt: string) => boolean;
  readonly administrator: { readonly user: string; readonly groups: readonly string[] };
  readonly decider: CachingDecider;
  readonly audit: Pick<AuditPublisher, 'publishStrict' | 'publishBuffered'>;
  readonly policies: AskPolicies;
  readonly auditRelay: AuditRelay | undefined;
  /** how users and agents reach this hub; known once the listener has its port */
  readonly publicUrl: () => string;
  /** PEM */
  readonly publicCa: string;
  readonly agent: { readonly image: string; readonly adminsAreClusterAdmin: boolean };
  /** undefined when the gateway can do its job */
  readonly ready: () => string | undefined;
  /** tells the tunnel that a cluster is gone */
  readonly onClusterRemoved: (clusterId: string) => void;
  readonly logger: Logger;
  readonly version: string;
}

/** What a route asks authz; absent: whoever is authenticated may. */
interface Access {
  readonly action: string;
  readonly resource: string | ((params: Record<string, string>) => string);
  /** changes something: on record before it happens */
  readonly isChange?: true;
  /** no credential is needed: the request carries a secret of its own */
  readonly isOpen?: true;
  /** authz is asked by the route itself, for each thing that it shows */
  readonly isFiltered?: true;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

interface RequestState {
  audited: AuditedRequest;
  caller: Caller | undefined;
  reason: string | undefined;
}

/** Ready to take connections by `server.emit('connection')`; it does not listen. */
export async function createApi(context: ApiContext): Promise<{ server: Server; close(): Promise<void> }> {
  const app = fastify({
    logger: false,
    bodyLimit: 1_048_576,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    routerOptions: { ignoreTrailingSlash: false },
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fairlead hub',
        version: context.version,
        description: 'Clusters, policies, credentials and the audit log of one hub.',
      },
      components: {
        securitySchemes: {
          session: {
            type: 'http',
            scheme: 'bearer',
            description: 'a session (POST /api/v1/login) or a JWT of a trusted issuer',
          },
        },
      },
      security: [{ session: [] }],
    },
  });
  const states = new WeakMap<FastifyRequest, RequestState>();
  const stateOf = (request: FastifyRequest) => states.get(request) as RequestState;
  guard(app, context, states);
  app.get('/healthz', { schema: { hide: true } as FastifySchema }, async (_request, reply) =>
    reply.type('text/plain').send('ok\n'),
  );
  app.get('/readyz', { schema: { hide: true } as FastifySchema }, async (_request, reply) => {
    const reason = context.ready();
    return reply
      .code(reason === undefined ? 200 : 503)
      .type('text/plain')
      .send(`${reason ?? 'ok'}\n`);
  });
  app.get('/api/v1/openapi.json', { schema: { hide: true } as FastifySchema }, async () => app.swagger());
  sessionRoutes(app, context, stateOf);
  clusterRoutes(app, context, stateOf);
  policyRoutes(app, context);
  auditRoutes(app, context, stateOf);
  await app.ready();
  return { server: app.server, close: () => app.close() };
}

/** Who, may they, is it on record: before any route's own code. And one form for every refusal. */
function guard(app: FastifyInstance, context: ApiContext, states: WeakMap<FastifyRequest, RequestState>): void {
  app.addHook('onRequest', async (request) => {
    const receivedMs = Date.now();
    const access = request.routeOptions.config.access;
    const userAgent = request.headers['user-agent'];
    states.set(request, {
      audited: {
        auditID: auditId(receivedMs),
        receivedMs,
        source: { ip: request.ip, ...(userAgent === undefined ? undefined : { userAgent }) },
        request: {
          method: request.method,
          verb: request.method.toLowerCase(),
          action: access?.action ?? 'fleet:Unknown',
          requestURI: auditedUri(request.url),
        },
      },
      caller: undefined,
      reason: undefined,
    });
  });
  // After validation, so that a malformed request changes nothing and asks nobody.
  app.addHook('preHandler', async (request) => {
    const access = request.routeOptions.config.access;
    if (access === undefined) return;
    const state = states.get(request) as RequestState;
    if (!access.isOpen) {
      const caller = await context.authenticator.authenticate(bearerToken(headerPairs(request)), 'management');
      state.caller = caller;
      state.audited = { ...state.audited, caller };
      if (!access.isFiltered) {
        const resource =
          typeof access.resource === 'string'
            ? access.resource
            : access.resource(request.params as Record<string, string>);
        const question = questionOf(caller, access.action, resource, request.ip);
        const decision = await decide(context.decider, question);
        state.audited = { ...state.audited, decision };
        if (decision.effect !== 'Allow') throw deniedProblem(decision, question);
      }
    }
    const received = receivedEvent(state.audited);
    if (access.isChange) {
      await context.audit.publishStrict(received).catch((cause: unknown) => {
        throw new Problem(
          503,
          'AUDIT_UNAVAILABLE',
          'The request cannot be put on record at the moment, so it was not carried out',
          {
            cause,
            headers: { 'retry-after': '2' },
          },
        );
      });
    } else if (!context.audit.publishBuffered(received)) {
      throw new Problem(
        503,
        'AUDIT_FULL',
        'The audit log does not keep up, and no request goes unrecorded; try again in a moment',
        {
          headers: { 'retry-after': '2' },
        },
      );
    }
  });
  app.addHook('onSend', async (request, reply) => {
    reply.header('audit-id', states.get(request)?.audited.auditID);
    reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
  });
  app.addHook('onResponse', async (request, reply) => {
    const state = states.get(request);
    if (state === undefined || request.routeOptions.config.access === undefined) return;
    context.audit.publishBuffered(
      completeEvent(
        state.audited,
        {
          code: reply.statusCode,
          ...(state.reason === undefined ? undefined : { reason: state.reason }),
          bytesIn: Number(request.headers['content-length'] ?? 0),
          bytesOut: Number(reply.getHeader('content-length') ?? 0),
          endReason: reply.statusCode < 400 ? 'complete' : 'refused',
        },
        Date.now(),
      ),
    );
  });
  app.setNotFoundHandler(async (request, reply) => {
    const problem = new Problem(
      404,
      'ROUTE_UNKNOWN',
      `The hub has no ${request.method} ${request.url.split('?')[0]}; /api/v1/openapi.json lists what it has`,
    );
    return reply.code(404).type(problemType).send(problemBody(problem));
  });
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error, context.logger);
    const state = states.get(request);
    if (state !== undefined) state.reason = problem.code;
    return reply
      .code(problem.status)
      .headers(problem.headers)
      .type(problemType)
      .send(problemBody(problem, state?.audited.auditID));
  });
}

function sessionRoutes(
  app: FastifyInstance,
  context: ApiContext,
  stateOf: (request: FastifyRequest) => RequestState,
): void {
  const attempts = new AttemptBudget({ attempts: 10, perMs: 60_000, now: () => performance.now() });
  app.post<{ Body: { secret: string } }>(
    '/api/v1/login',
    {
      schema: schemas.login,
      config: { access: { action: 'fleet:Login', resource: 'fleet:sessions', isOpen: true, isChange: true } },
    },
    async (request) => {
      refuseTooMany(attempts, request.ip);
      if (!context.isAdministratorSecret(request.body.secret)) {
        throw new Problem(401, 'LOGIN_REFUSED', 'That is not the secret of the hub’s administrator', {
          headers: { 'www-authenticate': 'Bearer realm="fairlead"' },
        });
      }
      const principal = { ...context.administrator, extra: {}, issuer: 'fairlead' };
      const { token, expiresAt } = context.tokens.issue({ use: 'session', principal });
      context.logger.info(
        { user: principal.user, ip: request.ip },
        'a session was opened with the administrator’s secret',
      );
      return { token, expiresAt: rfc3339(expiresAt * 1000), user: principal.user };
    },
  );
  app.get(
    '/api/v1/whoami',
    {
      schema: schemas.whoami,
      config: { access: { action: 'fleet:WhoAmI', resource: 'fleet:sessions', isFiltered: true } },
    },
    async (request) => {
      const { principal, credential, expiresAtMs } = stateOf(request).caller as Caller;
      return {
        user: principal.user,
        groups: principal.groups,
        issuer: principal.issuer,
        credential,
        expiresAt: rfc3339(expiresAtMs),
      };
    },
  );
}

type Named = { Params: { name: string } };

function clusterRoutes(
  app: FastifyInstance,
  context: ApiContext,
  stateOf: (request: FastifyRequest) => RequestState,
): void {
  const joins = new AttemptBudget({ attempts: 30, perMs: 60_000, now: () => performance.now() });
  const one = ({ name }: Record<string, string>) => `fleet:clusters/${name}`;

  app.get(
    '/api/v1/clusters',
    {
      schema: schemas.listClusters,
      config: { access: { action: 'fleet:ListClusters', resource: 'fleet:clusters', isFiltered: true } },
    },
    async (request) => {
      const caller = stateOf(request).caller as Caller;
      const all = context.registry.all();
      const decisions = await decideAll(
        context.decider,
        all.map(({ name }) => questionOf(caller, 'fleet:GetCluster', `fleet:clusters/${name}`, request.ip)),
      );
      const shown = all
        .filter((_, index) => decisions[index]?.effect === 'Allow')
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      return { clusters: shown.map((record) => clusterView(record, context.registry)) };
    },
  );
  app.get<Named>(
    '/api/v1/clusters/:name',
    { schema: schemas.getCluster, config: { access: { action: 'fleet:GetCluster', resource: one } } },
    async (request) => clusterView(known(context.registry, request.params.name), context.registry),
  );
  app.post<{ Body: { name: string; labels?: Record<string, string> } }>(
    '/api/v1/clusters',
    {
      schema: schemas.registerCluster,
      config: { access: { action: 'fleet:RegisterCluster', resource: 'fleet:clusters', isChange: true } },
    },
    async (request, reply) => {
      const { name, labels = {} } = request.body;
      const caller = stateOf(request).caller as Caller;
      const made = await context.registration.register(name, labels, caller.principal.user);
      return reply.code(201).send(handOver(made, context));
    },
  );
  app.post<Named>(
    '/api/v1/clusters/:name/join-tokens',
    {
      schema: schemas.joinToken,
      config: { access: { action: 'fleet:CreateJoinToken', resource: one, isChange: true } },
    },
    async (request, reply) =>
      reply.code(201).send(handOver(await context.registration.renewToken(request.params.name), context)),
  );
  app.delete<Named>(
    '/api/v1/clusters/:name',
    {
      schema: schemas.removeCluster,
      config: { access: { action: 'fleet:RemoveCluster', resource: one, isChange: true } },
    },
    async (request, reply) => {
      const { id } = await context.registration.remove(request.params.name);
      context.onClusterRemoved(id);
      return reply.code(204).send();
    },
  );
  app.post<Named>(
    '/api/v1/clusters/:name/credentials',
    {
      schema: schemas.credential,
      config: { access: { action: 'fleet:IssueCredential', resource: one, isChange: true } },
    },
    async (request, reply) => {
      const { id } = known(context.registry, request.params.name);
      const { principal, sessionId } = stateOf(request).caller as Caller;
      const { token, expiresAt } = context.tokens.issue({
        use: 'kubeconfig',
        principal,
        audience: `cluster:${id}`,
        ...(sessionId === undefined ? {} : { sessionId }),
      });
      return reply.code(201).send({ token, expiresAt: rfc3339(expiresAt * 1000) });
    },
  );
  app.post<{ Body: JoinRequest }>(
    '/api/v1/join',
    {
      schema: schemas.join,
      config: { access: { action: 'fleet:Join', resource: 'fleet:clusters', isOpen: true, isChange: true } },
    },
    async (request) => {
      refuseTooMany(joins, request.ip);
      const answer = await context.registration.join(request.body);
      const state = stateOf(request);
      state.audited = { ...state.audited, cluster: { id: answer.clusterId, name: answer.clusterName } };
      context.logger.info({ cluster: answer.clusterName, ip: request.ip }, 'an agent joined');
      return answer;
    },
  );
}

function policyRoutes(app: FastifyInstance, { policies }: ApiContext): void {
  const one = ({ name }: Record<string, string>) => `fleet:policies/${name}`;
  app.get(
    '/api/v1/policies',
    { schema: schemas.listPolicies, config: { access: { action: 'fleet:ListPolicies', resource: 'fleet:policies' } } },
    async () => policies({ op: 'list' }),
  );
  app.get<Named>(
    '/api/v1/policies/:name',
    { schema: schemas.getPolicy, config: { access: { action: 'fleet:GetPolicy', resource: one } } },
    async (request) => (await policies({ op: 'get', name: request.params.name })).policy,
  );
  app.put<Named & { Body: StoredPolicy }>(
    '/api/v1/policies/:name',
    { schema: schemas.putPolicy, config: { access: { action: 'fleet:PutPolicy', resource: one, isChange: true } } },
    async (request) => {
      const { name } = request.params;
      if (request.body.name !== name)
        throw new Problem(400, 'POLICY_NAME_DIFFERS', `The body names policy ${request.body.name}, the path ${name}`);
      return policies({ op: 'put', policy: request.body });
    },
  );
  app.delete<Named>(
    '/api/v1/policies/:name',
    {
      schema: schemas.deletePolicy,
      config: { access: { action: 'fleet:DeletePolicy', resource: one, isChange: true } },
    },
    async (request, reply) => {
      await policies({ op: 'delete', name: request.params.name });
      return reply.code(204).send();
    },
  );
  app.post<{ Body: { question: unknown } }>(
    // two colons: one in the path
    '/api/v1/policies::explain',
    { schema: schemas.explain, config: { access: { action: 'fleet:ExplainPolicy', resource: 'fleet:policies' } } },
    async (request) => policies({ op: 'explain', question: request.body.question }),
  );
}

function auditRoutes(
  app: FastifyInstance,
  context: ApiContext,
  stateOf: (request: FastifyRequest) => RequestState,
): void {
  app.get(
    '/api/v1/audit/*',
    { schema: schemas.audit, config: { access: { action: 'audit:Query', resource: 'fleet:audit/events' } } },
    async (request, reply) => {
      if (context.auditRelay === undefined)
        throw new Problem(
          501,
          'AUDIT_NOT_CONFIGURED',
          'This gateway does not know where the audit service is (auditUrl)',
        );
      const lastEventId = request.headers['last-event-id'];
      const { user } = (stateOf(request).caller as Caller).principal;
      const answer = await context.auditRelay.get(
        request.url,
        user,
        typeof lastEventId === 'string' ? lastEventId : undefined,
      );
      reply.code(answer.statusCode ?? 502);
      for (const name of ['content-type', 'content-length', 'content-disposition']) {
        const value = answer.headers[name];
        if (value !== undefined) reply.header(name, value);
      }
      request.raw.once('close', () => answer.destroy());
      return reply.send(answer);
    },
  );
}

function known(registry: RegistryView, name: string): ClusterRecord {
  const record = registry.byName(name);
  if (record === undefined) throw clusterUnknown(name);
  return record;
}

/** connected: an agent reaches its API server; degraded: agents are here and none does; away: no agent is here. */
function clusterView({ name, id, labels, createdAt, createdBy, join }: ClusterRecord, registry: RegistryView) {
  const agents = registry.agents(id);
  const ready = agents.find(({ upstreamReady }) => upstreamReady);
  return {
    name,
    id,
    labels,
    createdAt,
    createdBy,
    ...(join.usedAt === undefined ? {} : { joinedAt: join.usedAt }),
    state: ready !== undefined ? 'connected' : agents.length > 0 ? 'degraded' : 'away',
    kubernetesVersion: ready?.kubernetesVersion ?? '',
    agents: agents.map(({ instance, version, kubernetesVersion, upstreamReady, seenAt }) => ({
      instance,
      version,
      kubernetesVersion,
      upstreamReady,
      seenAt,
    })),
  };
}

function handOver({ record, token }: JoinToken, context: ApiContext) {
  const join: JoinDocument = { hubUrl: context.publicUrl(), ca: context.publicCa, token, cluster: record.name };
  const manifest = joinManifest({ join, ...context.agent, jobSuffix: record.join.tokenHash.slice(0, 8) });
  return { cluster: clusterView(record, context.registry), expiresAt: record.join.expiresAt, token, join, manifest };
}

function questionOf({ principal }: Caller, action: string, resource: string, ip: string): DecisionRequest {
  return {
    user: principal.user,
    groups: principal.groups,
    issuer: principal.issuer,
    action,
    resource,
    context: { 'fl:SourceIp': ip },
  };
}

async function decide(decider: CachingDecider, question: DecisionRequest): Promise<Decision> {
  const decision = decider.decideNow(question) ?? (await decideAll(decider, [question]))[0];
  return decision as Decision;
}

async function decideAll(decider: CachingDecider, questions: readonly DecisionRequest[]): Promise<readonly Decision[]> {
  try {
    return await decider.decide(questions);
  } catch (cause) {
    throw new Problem(
      503,
      'AUTHZ_AWAY',
      'Whether you may do this cannot be decided at the moment: the access service does not answer',
      {
        cause,
        headers: { 'retry-after': '1' },
      },
    );
  }
}

function deniedProblem({ effect, statements }: Decision, { user, action, resource }: DecisionRequest): Problem {
  const why = effect === 'Deny' ? `denied by ${statements.join(', ')}` : 'no policy of the hub allows it';
  return new Problem(
    403,
    effect === 'Deny' ? 'POLICY_DENIED' : 'POLICY_NOT_ALLOWED',
    `${user} may not ${action} on ${resource}: ${why}`,
  );
}

function refuseTooMany(budget: AttemptBudget, ip: string): void {
  const seconds = budget.take(ip);
  if (seconds !== undefined) {
    throw new Problem(429, 'TOO_MANY_ATTEMPTS', `Too many attempts from ${ip}; wait ${seconds} s`, {
      headers: { 'retry-after': String(seconds) },
    });
  }
}

function problemOf(error: unknown, logger: Logger): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof AuthenticationError) {
    return new Problem(401, error.code, error.message, { headers: { 'www-authenticate': error.challenge } });
  }
  const { statusCode, code, message, validation } = error as {
    statusCode?: number;
    code?: string;
    message: string;
    validation?: unknown;
  };
  if (validation !== undefined) return new Problem(400, 'REQUEST_INVALID', message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Problem(statusCode, code ?? 'REQUEST_REFUSED', message);
  logger.error({ err: error }, 'a management request failed inside the gateway');
  return new Problem(500, 'GATEWAY_FAULT', 'The gateway failed; its log says more under the audit id of this answer');
}

function headerPairs(request: FastifyRequest): [string, string][] {
  const raw = request.raw.rawHeaders;
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] as string, raw[i + 1] as string]);
  return pairs;
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

export type { FastifyReply };
export { labelsSchema, nameSchema };
