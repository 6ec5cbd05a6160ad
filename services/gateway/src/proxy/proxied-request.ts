// One request to /clusters/{name}/…, from its head to its last byte: who asks, what for, may they, is it on record, then through the tunnel
// and back. Each step goes on in the same tick when its answer is at hand, since a small GET must not pay for waiting.

import type { CachingDecider, Decision, DecisionRequest } from '@fairlead/access';
import type { AuditPublisher } from '@fairlead/audit-events';
import type { HeaderList } from '@fairlead/http1';
import {
  actionOf,
  auditClassOf,
  PathError,
  parseRequestTarget,
  type RequestAttributes,
  type RequestTarget,
  requestAttributes,
  resourceNameOf,
} from '@fairlead/kubernetes';
import type { ClusterRecord } from '@fairlead/registry';
import type { Logger } from '@fairlead/telemetry';
import type { RequestFrameHead, ResponseFrameHead } from '@fairlead/wire';
import { AuthenticationError } from '../authenticate/authentication-error.ts';
import type { Authenticator } from '../authenticate/authenticator.ts';
import { bearerToken } from '../authenticate/bearer-token.ts';
import type { Caller } from '../authenticate/caller.ts';
import type { PrincipalLimits } from '../limits/principal-limits.ts';
import type { ClientExchange, ExchangeHandler } from '../listen/exchange.ts';
import {
  ClusterStream,
  type ClusterStreamHandlers,
  type Routes,
  type StreamFailure,
} from '../tunnel/cluster-stream.ts';
import { auditId } from './audit-id.ts';
import { type AuditedRequest, completeEvent, type EndReason, receivedEvent, startedEvent } from './audit-trail.ts';
import { auditedUri } from './audited-uri.ts';
import { type EventBoundary, eventBoundary } from './event-boundary.ts';
import type { LiveRequests } from './live-requests.ts';
import type { ProxyMetrics } from './proxy-metrics.ts';
import { type RequestFields, requestFields } from './request-headers.ts';
import { endReasonOf, refusalOf } from './reset-outcome.ts';
import { responseFields, switchFields } from './response-headers.ts';
import { answerStatus, type Refusal, statusOf } from './status-answer.ts';

/** What a request needs of the gateway around it. */
export interface ProxyContext {
  readonly clusters: { byName(name: string): ClusterRecord | undefined };
  readonly authenticator: Authenticator;
  readonly decider: CachingDecider;
  readonly limits: PrincipalLimits;
  readonly audit: Pick<AuditPublisher, 'publishStrict' | 'publishBuffered'>;
  readonly routes: Routes;
  readonly live: LiveRequests;
  readonly metrics: ProxyMetrics;
  readonly logger: Logger;
}

export const clustersPrefix = '/clusters/';

/** Of a body that comes before the request may go on; then the client is not read. */
const earlyBodyBytes = 65_536;
const upgradeProtocols = new Set(['websocket', 'spdy/3.1']);
const clientClosedCode = 499;

export class ProxiedRequest implements ExchangeHandler, ClusterStreamHandlers {
  readonly #context: ProxyContext;
  readonly #exchange: ClientExchange;
  readonly #receivedMs = Date.now();
  readonly #auditID: string;
  #audited: AuditedRequest | undefined;
  #caller: Caller | undefined;
  #question: DecisionRequest | undefined;
  #hasPlace = false;
  #isLongRunning = false;
  #isWatch = false;
  #isOver = false;
  #early: Buffer[] | undefined;
  #earlyBytes = 0;
  #isBodyWhole: boolean;
  #stream: ClusterStream | undefined;
  #status = 0;
  #isRaw = false;
  #hasAnswerEnded = false;
  #bytesIn = 0;
  #bytesOut = 0;
  #boundary: EventBoundary | undefined;
  /** set: the answer ends as soon as an event is whole */
  #endRequested: { endReason: EndReason; refusal: Refusal | undefined } | undefined;

  constructor(context: ProxyContext, exchange: ClientExchange) {
    this.#context = context;
    this.#exchange = exchange;
    this.#auditID = auditId(this.#receivedMs);
    this.#isBodyWhole = !exchange.hasBody;
    context.metrics.opened += 1;
  }

  get caller(): Caller | undefined {
    return this.#caller;
  }

  /** What was asked of authz, so that it can be asked again. */
  get question(): DecisionRequest | undefined {
    return this.#question;
  }

  get isWatch(): boolean {
    return this.#isWatch;
  }

  // --- from the head to the tunnel

  start(): void {
    const { target, method, upgrade, headers } = this.#exchange;
    const split = splitTarget(target);
    const cluster = this.#context.clusters.byName(split.name);
    const parsed = parseRequestTarget(method, split.rest);
    this.#audited = this.#describe(cluster, split.name, parsed, split.rest);
    if (upgrade !== undefined && !upgradeProtocols.has(upgrade)) {
      this.#refuse({
        code: 400,
        cause: 'UPGRADE_NOT_SERVED',
        message: 'Only upgrades to websocket and SPDY/3.1 are served.',
      });
      return;
    }
    let caller: Caller | Promise<Caller>;
    try {
      caller = this.#context.authenticator.authenticate(bearerToken(headers), { clusterId: cluster?.id ?? '' });
    } catch (error) {
      this.#onUnauthenticated(error, cluster, split.name);
      return;
    }
    if (caller instanceof Promise) {
      caller.then(
        (found) => this.#onCaller(found, cluster, split.name, parsed),
        (error: unknown) => this.#onUnauthenticated(error, cluster, split.name),
      );
    } else this.#onCaller(caller, cluster, split.name, parsed);
  }

  #describe(
    cluster: ClusterRecord | undefined,
    name: string,
    parsed: RequestTarget | PathError,
    rest: string,
  ): AuditedRequest {
    const { method, remoteAddress } = this.#exchange;
    const verb = method.toLowerCase();
    const uri = parsed instanceof PathError ? `/${name}` : auditedUri(rest);
    return {
      auditID: this.#auditID,
      receivedMs: this.#receivedMs,
      source: { ip: remoteAddress },
      request: { method, verb, action: 'k8s:Unknown', requestURI: uri },
      ...(cluster === undefined ? undefined : { cluster: { id: cluster.id, name: cluster.name } }),
    };
  }

  #onUnauthenticated(error: unknown, cluster: ClusterRecord | undefined, name: string): void {
    if (this.#isOver) return;
    if (!(error instanceof AuthenticationError)) {
      this.#onOwnFault(error);
      return;
    }
    if (cluster === undefined && error.code === 'TOKEN_WRONG_AUDIENCE') {
      this.#refuse(unknownCluster(name));
      return;
    }
    if (error.code === 'ISSUER_AWAY') {
      this.#refuse({ code: 503, cause: error.code, message: error.message, retryAfterSeconds: 2 });
      return;
    }
    this.#refuse({
      code: 401,
      cause: error.code,
      message: error.message,
      headers: [['WWW-Authenticate', error.challenge]],
    });
  }

  #onCaller(caller: Caller, cluster: ClusterRecord | undefined, name: string, parsed: RequestTarget | PathError): void {
    if (this.#isOver) return;
    this.#caller = caller;
    this.#audited = { ...(this.#audited as AuditedRequest), caller };
    if (cluster === undefined) {
      this.#refuse(unknownCluster(name));
      return;
    }
    if (parsed instanceof PathError) {
      this.#refuse({ code: parsed.status, cause: parsed.code, message: `${parsed.message}.` });
      return;
    }
    const isUpgrade = this.#exchange.upgrade !== undefined;
    const fields = requestFields(this.#exchange.headers, isUpgrade);
    if (fields.impersonation !== undefined) {
      this.#refuse(impersonationRefused(fields.impersonation));
      return;
    }
    const limit = this.#context.limits.enter(caller);
    if (limit !== undefined) {
      this.#refuse({ code: 429, cause: 'TOO_MANY_REQUESTS', ...limit });
      return;
    }
    this.#hasPlace = true;
    const attributes = requestAttributes(parsed.method, parsed.path, parsed.query);
    this.#isLongRunning = attributes.isLongRunning || isUpgrade;
    this.#isWatch = attributes.verb === 'watch' && !isUpgrade;
    this.#decide(cluster, parsed, attributes, fields);
  }

  #decide(cluster: ClusterRecord, target: RequestTarget, attributes: RequestAttributes, fields: RequestFields): void {
    const { principal } = this.#caller as Caller;
    const action = actionOf(attributes, this.#exchange.upgrade !== undefined);
    const question: DecisionRequest = {
      user: principal.user,
      groups: principal.groups,
      issuer: principal.issuer,
      action,
      resource: resourceNameOf(cluster.name, attributes),
      context: contextOf(this.#exchange.remoteAddress, attributes),
    };
    this.#question = question;
    this.#audited = {
      ...(this.#audited as AuditedRequest),
      source: {
        ip: this.#exchange.remoteAddress,
        ...(fields.userAgent === undefined ? undefined : { userAgent: fields.userAgent }),
      },
      request: {
        method: target.method,
        verb: attributes.verb,
        action,
        requestURI: auditedUri(target.target),
        ...(attributes.isResourceRequest ? { objectRef: objectRefOf(attributes) } : undefined),
      },
    };
    const isStrict = auditClassOf(action, attributes) === 'strict';
    const decision = this.#context.decider.decideNow(question);
    if (decision !== undefined) {
      this.#onDecision(decision, isStrict, cluster, target, fields);
      return;
    }
    this.#context.decider.decide([question]).then(
      ([answer]) => this.#onDecision(answer as Decision, isStrict, cluster, target, fields),
      () =>
        this.#refuse({
          code: 503,
          cause: 'AUTHZ_AWAY',
          message: 'Whether you may do this cannot be decided at the moment: the access service does not answer.',
          retryAfterSeconds: 1,
        }),
    );
  }

  #onDecision(
    decision: Decision,
    isStrict: boolean,
    cluster: ClusterRecord,
    target: RequestTarget,
    fields: RequestFields,
  ): void {
    if (this.#isOver) return;
    const audited = { ...(this.#audited as AuditedRequest), decision };
    this.#audited = audited;
    const { audit } = this.#context;
    if (decision.effect !== 'Allow') {
      audit.publishBuffered(receivedEvent(audited));
      this.#refuse(denied(decision, this.#question as DecisionRequest));
      return;
    }
    if (!isStrict) {
      if (audit.publishBuffered(receivedEvent(audited))) {
        this.#forward(cluster, target, fields);
        return;
      }
      this.#refuse({
        code: 503,
        cause: 'AUDIT_FULL',
        message: 'The audit log does not keep up, and no request goes unrecorded; try again in a moment.',
        retryAfterSeconds: 2,
      });
      return;
    }
    audit.publishStrict(receivedEvent(audited)).then(
      () => this.#forward(cluster, target, fields),
      () =>
        this.#refuse({
          code: 503,
          cause: 'AUDIT_UNAVAILABLE',
          message: 'The request cannot be put on record at the moment, so it was not carried out.',
          retryAfterSeconds: 2,
        }),
    );
  }

  #forward(cluster: ClusterRecord, target: RequestTarget, fields: RequestFields): void {
    if (this.#isOver) return;
    const { upgrade } = this.#exchange;
    const head: RequestFrameHead = {
      m: target.method,
      t: target.target,
      h: fields.forwarded,
      a: this.#auditID,
      ...(fields.traceparent === undefined ? undefined : { tp: fields.traceparent }),
      ...(upgrade === undefined ? undefined : { u: upgrade }),
    };
    const early = this.#early;
    this.#early = undefined;
    const stream = new ClusterStream(
      this.#context.routes,
      {
        clusterId: cluster.id,
        principal: (this.#caller as Caller).principal,
        head,
        body: early === undefined ? undefined : Buffer.concat(early),
        isWhole: this.#isBodyWhole && upgrade === undefined,
      },
      this,
    );
    this.#stream = stream;
    if (this.#isLongRunning) this.#context.live.add(this);
    this.#exchange.admit();
    stream.start();
    if (!this.#isOver) this.#exchange.readBody(true);
  }

  // --- from the client

  onBody(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytesIn += chunk.length;
    if (this.#stream !== undefined) {
      if (!this.#stream.write(chunk)) this.#exchange.readBody(false);
      return;
    }
    this.#early ??= [];
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > earlyBodyBytes) this.#exchange.readBody(false);
  }

  /** Trailers of a request name nothing that the API server reads; they end here. */
  onBodyEnd(): void {
    if (this.#isOver) return;
    this.#isBodyWhole = true;
    this.#stream?.end();
    if (this.#isRaw && this.#hasAnswerEnded) this.#complete('complete');
  }

  onWritten(bytes: number): void {
    this.#stream?.consumed(bytes);
  }

  onClientGone(): void {
    if (this.#isOver) return;
    this.#stream?.cancel('The client has gone.');
    if (this.#status === 0) this.#status = clientClosedCode;
    this.#complete('client_closed');
  }

  // --- from the cluster

  onHead(head: ResponseFrameHead): void {
    if (this.#isOver) return;
    try {
      this.#answer(head);
    } catch (error) {
      // What the agent sent cannot be said in HTTP: a broken agent or a hostile one.
      this.#context.logger.warn(
        { auditID: this.#auditID, error: (error as Error).message },
        'an agent sent an answer that cannot be passed on',
      );
      this.#stream?.cancel('The head of the answer is malformed.');
      this.#breakOff({ code: 'PROTOCOL', message: 'the head of the answer is malformed', delivered: true });
    }
  }

  #answer({ s: status, r: reason, h: headers }: ResponseFrameHead): void {
    const exchange = this.#exchange;
    if (status === 101) {
      if (exchange.upgrade === undefined) throw new Error('101 without an upgrade');
      exchange.switchProtocols({ status, reason, headers: switchFields(headers, exchange.upgrade) });
      this.#status = status;
      this.#isRaw = true;
      this.#isBodyWhole = false;
    } else if (status < 200) {
      exchange.informational({ status, reason, headers: responseFields(headers) });
      return;
    } else {
      exchange.head({ status, reason, headers: responseFields(headers) });
      this.#status = status;
      // The client's bytes behind a refused upgrade belong to nobody.
      if (exchange.upgrade !== undefined) this.#stream?.end();
    }
    if (!this.#isLongRunning) return;
    if (this.#isWatch && status === 200) this.#boundary = eventBoundary(headers);
    this.#context.audit.publishBuffered(startedEvent(this.#audited as AuditedRequest, status, Date.now()));
  }

  onData(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytesOut += chunk.length;
    this.#exchange.write(chunk);
    if (this.#boundary === undefined) return;
    this.#boundary.pass(chunk);
    if (this.#endRequested !== undefined) this.#endBetweenEvents();
  }

  onEnd(trailers: HeaderList): void {
    if (this.#isOver) return;
    this.#hasAnswerEnded = true;
    if (this.#isRaw && !this.#isBodyWhole) {
      this.#exchange.end([]);
      return;
    }
    // An answer before the end of the request's body: nobody reads the rest.
    this.#stream?.cancel('The request has been answered.');
    try {
      this.#exchange.end(trailers);
    } catch {
      this.#exchange.abort();
    }
    this.#complete('complete');
  }

  onDrain(): void {
    if (!this.#isOver) this.#exchange.readBody(true);
  }

  onFailure(failure: StreamFailure): void {
    if (!this.#isOver) this.#breakOff(failure);
  }

  #breakOff(failure: StreamFailure): void {
    if (this.#status === 0) {
      const { name } = this.#audited?.cluster ?? { name: '' };
      this.#refuse(refusalOf(failure, name, this.#exchange.method), endReasonOf(failure));
      return;
    }
    // A watch that ends between two events is resumed by its client as after any timeout.
    if (this.#boundary?.isAtBoundary === true) this.#exchange.end([]);
    else this.#exchange.abort();
    this.#complete(endReasonOf(failure), failure.code);
  }

  // --- ended by the hub

  /**
   * The hub ends a long-running request: a watch between two events, with an ERROR event when `refusal` says why; anything else at once. Call
   * `abort` when a watch has not come to the end of an event in time.
   */
  endByHub(endReason: EndReason, refusal: Refusal | undefined): void {
    if (this.#isOver) return;
    this.#endRequested = { endReason, refusal };
    if (this.#boundary === undefined) this.abort();
    else this.#endBetweenEvents();
  }

  get isEnding(): boolean {
    return this.#endRequested !== undefined;
  }

  abort(): void {
    if (this.#isOver) return;
    const { endReason, refusal } = this.#endRequested ?? { endReason: 'shed', refusal: undefined };
    this.#stream?.cancel('The hub has ended the request.');
    if (this.#status === 0) {
      this.#refuse(
        refusal ?? { code: 503, cause: 'GATEWAY_STOPPING', message: 'This gateway is stopping.', retryAfterSeconds: 1 },
        endReason,
      );
      return;
    }
    this.#exchange.abort();
    this.#complete(endReason, refusal?.cause);
  }

  #endBetweenEvents(): void {
    if (this.#boundary?.isAtBoundary !== true || this.#endRequested === undefined) return;
    const { endReason, refusal } = this.#endRequested;
    this.#stream?.cancel('The hub has ended the watch.');
    if (refusal !== undefined && this.#boundary.isJson) {
      this.#exchange.write(Buffer.from(`${JSON.stringify({ type: 'ERROR', object: statusOf(refusal) })}\n`));
    }
    this.#exchange.end([]);
    this.#complete(endReason, refusal?.cause);
  }

  // --- the end

  #refuse(refusal: Refusal, endReason: EndReason = 'refused'): void {
    if (this.#isOver) return;
    this.#status = refusal.code;
    this.#bytesOut = answerStatus(this.#exchange, refusal, this.#auditID);
    this.#complete(endReason, refusal.cause);
  }

  #onOwnFault(error: unknown): void {
    this.#context.logger.error({ auditID: this.#auditID, err: error }, 'a request failed inside the gateway');
    this.#refuse({
      code: 500,
      cause: 'GATEWAY_FAULT',
      message: 'The gateway failed; its log says more under the Audit-Id of this answer.',
    });
  }

  #complete(endReason: EndReason, reason?: string): void {
    this.#isOver = true;
    const { context, audited } = { context: this.#context, audited: this.#audited as AuditedRequest };
    const nowMs = Date.now();
    const instance = this.#stream?.instance;
    const cluster = audited.cluster;
    const withAgent =
      cluster === undefined || instance === undefined || instance === ''
        ? audited
        : { ...audited, cluster: { ...cluster, agent: instance } };
    context.audit.publishBuffered(
      completeEvent(
        withAgent,
        {
          code: this.#status,
          ...(reason === undefined ? undefined : { reason }),
          bytesIn: this.#bytesIn,
          bytesOut: this.#bytesOut,
          endReason,
        },
        nowMs,
      ),
    );
    context.metrics.completed(
      audited.request.action,
      this.#status,
      endReason,
      nowMs - this.#receivedMs,
      this.#isLongRunning,
    );
    if (this.#isLongRunning) context.live.delete(this);
    if (this.#hasPlace) context.limits.leave(this.#caller as Caller);
    this.#stream = undefined;
    this.#early = undefined;
    this.#boundary = undefined;
  }
}

/** `/clusters/demo/api/v1?x` → demo, `/api/v1?x`; without a path the API server's root is meant. */
function splitTarget(target: string): { name: string; rest: string } {
  const start = clustersPrefix.length;
  let end = start;
  while (end < target.length) {
    const code = target.charCodeAt(end);
    if (code === 0x2f || code === 0x3f) break;
    end += 1;
  }
  const rest = target.slice(end);
  return { name: target.slice(start, end), rest: rest.startsWith('/') ? rest : `/${rest}` };
}

function contextOf(
  ip: string,
  { subresource, labelSelector, fieldSelector }: RequestAttributes,
): Record<string, string> {
  const context: Record<string, string> = { 'fl:SourceIp': ip };
  if (subresource !== '') context['fl:Subresource'] = subresource;
  if (labelSelector !== '') context['fl:LabelSelector'] = labelSelector;
  if (fieldSelector !== '') context['fl:FieldSelector'] = fieldSelector;
  return context;
}

function objectRefOf({ apiGroup, apiVersion, resource, subresource, namespace, name }: RequestAttributes) {
  return {
    apiGroup,
    apiVersion,
    resource,
    ...(subresource === '' ? undefined : { subresource }),
    ...(namespace === '' ? undefined : { namespace }),
    ...(name === '' ? undefined : { name }),
  };
}

function unknownCluster(name: string): Refusal {
  const shown = /^[a-z0-9-]{1,63}$/.test(name) ? ` '${name}'` : '';
  return {
    code: 404,
    cause: 'CLUSTER_UNKNOWN',
    message: `No cluster${shown} is registered at this hub; 'fairlead clusters list' shows those that are.`,
    details: { kind: 'clusters', ...(shown === '' ? undefined : { name }) },
  };
}

function impersonationRefused(field: string): Refusal {
  return {
    code: 403,
    cause: 'IMPERSONATION_REFUSED',
    message: `${field}: this hub does not let a client take another identity (kubectl --as); leave it out.`,
  };
}

function denied({ effect, statements }: Decision, { user, action, resource }: DecisionRequest): Refusal {
  const why = effect === 'Deny' ? `denied by ${statements.join(', ')}` : 'no policy of the hub allows it';
  return {
    code: 403,
    cause: effect === 'Deny' ? 'POLICY_DENIED' : 'POLICY_NOT_ALLOWED',
    message: `${user} may not ${action} on ${resource}: ${why} (policy of the Fairlead hub, not RBAC of the cluster).`,
  };
}
