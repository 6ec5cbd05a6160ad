import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ResetCode } from '@fairlead/wire';
import {
  bodyOf,
  demoId,
  eventually,
  RawClient,
  startTestGateway,
  type TestGateway,
} from '../test-support/test-gateway.ts';

const bearer = 'Authorization: Bearer session.ada\r\n';

function get(path: string, fields = ''): string {
  return `GET /clusters/demo${path} HTTP/1.1\r\nHost: hub\r\n${bearer}${fields}\r\n`;
}

function post(path: string, body: string, fields = ''): string {
  return `POST /clusters/demo${path} HTTP/1.1\r\nHost: hub\r\n${bearer}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
}

describe('a request to a cluster', () => {
  let gateway: TestGateway;
  let client: RawClient;
  beforeEach(async () => {
    gateway = await startTestGateway();
    client = await RawClient.open(gateway);
  });
  afterEach(async () => {
    client.close();
    await gateway.close();
    assert.equal(gateway.metrics.opened, gateway.metrics.closed, 'every opened stream is closed');
    assert.equal(gateway.live.size, 0);
  });
  const stages = () => gateway.events.map(({ stage }) => stage);

  it('gets the answer of the API server byte for byte, in the spelling and order of its fields', async () => {
    gateway.cluster.onOpen = (stream) =>
      stream.answer(
        200,
        [
          ['Audit-Id', 'x'],
          ['Content-Type', 'application/json'],
          ['Warning', '299 - "one"'],
          ['Warning', '299 - "two"'],
          ['X-Kubernetes-Pf-Flowschema-Uid', 'u'],
          ['Content-Length', '2'],
        ],
        '{}',
      );
    const text = await client.send(get('/api/v1/pods?limit=5')).untilText('{}');
    assert.equal(
      text,
      'HTTP/1.1 200 OK\r\nAudit-Id: x\r\nContent-Type: application/json\r\nWarning: 299 - "one"\r\nWarning: 299 - "two"\r\nX-Kubernetes-Pf-Flowschema-Uid: u\r\nContent-Length: 2\r\n\r\n{}',
    );
    const [stream] = gateway.cluster.streams;
    assert.equal(stream?.request.head.t, '/api/v1/pods?limit=5');
    assert.equal(stream?.request.head.m, 'GET');
    assert.equal(stream?.request.clusterId, demoId);
    assert.equal(stream?.request.principal.user, 'ada');
    assert.equal(stream?.hasEnded, true);
  });

  it('keeps the connection for the next request, and takes pipelined ones one after the other', async () => {
    gateway.cluster.onOpen = (stream) => stream.answer(200, [['Content-Length', '1']], stream.request.head.t.slice(-1));
    const text = await client.send(get('/api/1') + get('/api/2') + get('/api/3')).untilText('\r\n\r\n3');
    assert.deepEqual(text.match(/\r\n\r\n\d/g), ['\r\n\r\n1', '\r\n\r\n2', '\r\n\r\n3']);
  });

  it('frames a body of unknown length as chunks, with its trailers', async () => {
    const next = gateway.cluster.next();
    client.send(get('/api/v1/pods'));
    const stream = await next;
    stream.answer(200, [['Trailer', 'X-T']], 'abc', false);
    await client.untilText('abc');
    stream.data('defg');
    stream.handlers.onEnd([['X-T', 'v']]);
    const text = await client.untilText('X-T: v\r\n\r\n');
    assert.match(text, /Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-T: v\r\n\r\n$/);
  });

  it('answers HEAD without a body and keeps the length that was said', async () => {
    gateway.cluster.onOpen = (stream) => stream.answer(200, [['Content-Length', '1234']]);
    client.send(get('/api').replace('GET', 'HEAD') + get('/version').replace('GET', 'HEAD'));
    const text = await client.until(({ text }) => text.split('1234').length === 3);
    assert.equal(text.split('HTTP/1.1 200').length, 3);
  });

  it('is on record before a change is carried out, and not carried out when it cannot be', async () => {
    let recorded: (() => void) | undefined;
    gateway.strictly = () => new Promise((resolve) => (recorded = resolve));
    client.send(post('/api/v1/namespaces/dev/configmaps', '{"a":1}'));
    await eventually(() => recorded !== undefined, 'the event is being stored');
    assert.equal(gateway.cluster.streams.length, 0);
    const next = gateway.cluster.next();
    recorded?.();
    const stream = await next;
    assert.equal(stream.body, '{"a":1}');
    assert.equal(stream.hasEnded, true);
    stream.answer(201, [['Content-Length', '0']]);
    await client.untilText('201');

    gateway.strictly = () => Promise.reject(new Error('no PubAck'));
    const text = await client.send(post('/api/v1/namespaces/dev/configmaps', '{}')).untilText('AUDIT_UNAVAILABLE');
    assert.match(text, /HTTP\/1.1 503 Service Unavailable\r\n[\s\S]*Retry-After: 2/);
    assert.equal(gateway.cluster.streams.length, 1);
  });

  it('is shed, not unrecorded, when the audit queue is full', async () => {
    gateway.hasAuditRoom = false;
    const text = await client.send(get('/api/v1/pods')).untilText('AUDIT_FULL');
    assert.match(text, /^HTTP\/1.1 503 [\s\S]*Retry-After: 2/);
    assert.equal(gateway.cluster.streams.length, 0);
  });

  it('leaves both events, joined by the id that travels upstream', async () => {
    gateway.cluster.onOpen = (stream) => stream.answer(200, [['Content-Length', '2']], 'ok');
    await client
      .send(get('/api/v1/namespaces/dev/pods/web?x=secret&watch=0', 'User-Agent: kubectl/1.37\r\n'))
      .untilText('ok');
    await eventually(() => gateway.events.length === 2, 'two events');
    const [received, complete] = gateway.events;
    assert.deepEqual(stages(), ['RequestReceived', 'ResponseComplete']);
    assert.equal(received?.auditID, gateway.cluster.streams[0]?.request.head.a);
    assert.equal(complete?.auditID, received?.auditID);
    assert.match(received?.auditID ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(received?.request, {
      method: 'GET',
      verb: 'get',
      action: 'k8s:Get',
      requestURI: '/api/v1/namespaces/dev/pods/web?x=(6)&watch=0',
      objectRef: { apiGroup: '', apiVersion: 'v1', resource: 'pods', namespace: 'dev', name: 'web' },
    });
    assert.deepEqual(received?.actor, {
      issuer: 'fairlead',
      user: 'ada',
      groups: ['dev'],
      credential: 'session',
      credentialId: 'id-of-ada',
    });
    assert.deepEqual(received?.source, { ip: '127.0.0.1', userAgent: 'kubectl/1.37' });
    assert.equal(complete?.response?.code, 200);
    assert.equal(complete?.response?.bytesOut, 2);
    assert.equal(complete?.response?.endReason, 'complete');
    assert.equal(complete?.cluster?.agent, 'aaaaaaaaaaaa');
    assert.ok(!JSON.stringify(gateway.events).includes('secret'));
    assert.ok(!JSON.stringify(gateway.events).includes('session.ada'));
  });

  for (const [what, credential, status, code] of [
    ['no credential', '', 401, 'CREDENTIAL_MISSING'],
    ['an expired one', 'Authorization: Bearer session.late\r\n', 401, 'TOKEN_EXPIRED'],
    ['a forged one', 'Authorization: Bearer session.forged\r\n', 401, 'TOKEN_BAD_SIGNATURE'],
    [
      'one for another cluster',
      `Authorization: Bearer kubeconfig.ada.cluster~A${'C'.repeat(55)}\r\n`,
      401,
      'TOKEN_WRONG_AUDIENCE',
    ],
    ['Basic', 'Authorization: Basic YTpi\r\n', 401, 'CREDENTIAL_MALFORMED'],
  ] as const) {
    it(`is told what is wrong with its credential: ${what}`, async () => {
      const text = await client
        .send(`GET /clusters/demo/api HTTP/1.1\r\nHost: hub\r\n${credential}\r\n`)
        .untilText(code);
      assert.match(
        text,
        new RegExp(`^HTTP/1.1 ${status} Unauthorized\r\n[sS]*WWW-Authenticate: Bearer realm="fairlead"`),
      );
      assert.equal(bodyOf(text).reason, 'Unauthorized');
      assert.equal(gateway.cluster.streams.length, 0);
      await eventually(() => gateway.events.length === 1, 'one event');
      assert.equal(gateway.events[0]?.actor, undefined);
    });
  }

  it('takes the kubeconfig credential of this cluster', async () => {
    gateway.cluster.onOpen = (stream) => stream.answer(200, [['Content-Length', '0']]);
    await client
      .send(
        `GET /clusters/demo/api HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer kubeconfig.ada.cluster~${demoId}\r\n\r\n`,
      )
      .untilText('200 OK');
  });

  it('of an unknown cluster gets 404, never before it is known who asks', async () => {
    const unknown = (credential: string) => `GET /clusters/other/api HTTP/1.1\r\nHost: hub\r\n${credential}\r\n`;
    assert.match(await client.send(unknown('')).untilText('CREDENTIAL_MISSING'), /^HTTP\/1.1 401/);
    const text = await client.send(unknown(bearer)).untilText('CLUSTER_UNKNOWN');
    assert.match(text, /HTTP\/1.1 404 Not Found/);
    const removed = await client
      .send(unknown(`Authorization: Bearer kubeconfig.ada.cluster~A${'C'.repeat(55)}\r\n`))
      .until(({ text }) => text.split('CLUSTER_UNKNOWN').length === 3);
    assert.match(removed, /404 Not Found/);
  });

  it('that policy denies gets a 403 which names action, resource, and that it was policy', async () => {
    gateway.decide = () => ({ effect: 'Deny', statements: ['freeze/0'] });
    const text = await client.send(get('/api/v1/namespaces/dev/pods/web')).untilText('POLICY_DENIED');
    assert.match(text, /^HTTP\/1.1 403 Forbidden/);
    const { message } = bodyOf(text);
    assert.equal(
      message,
      'ada may not k8s:Get on k8s:demo:dev:core/pods/web: denied by freeze/0 (policy of the Fairlead hub, not RBAC of the cluster).',
    );
    await eventually(() => gateway.events.length === 2, 'both events');
    assert.equal(gateway.events[0]?.decision?.effect, 'Deny');
    assert.equal(gateway.cluster.streams.length, 0);
  });

  it('gets 503 with Retry-After while nobody can decide', async () => {
    gateway.decide = () => {
      throw new Error('no responders');
    };
    assert.match(await client.send(get('/api')).untilText('AUTHZ_AWAY'), /^HTTP\/1.1 503[\s\S]*Retry-After: 1/);
  });

  for (const name of [
    'Impersonate-User',
    'impersonate-group',
    'IMPERSONATE-Extra-Scopes',
    'Impersonate-Uid',
    'Impersonate',
  ]) {
    it(`that sends ${name} is refused`, async () => {
      const text = await client.send(get('/api', `${name}: system:masters\r\n`)).untilText('IMPERSONATION_REFUSED');
      assert.match(text, /^HTTP\/1.1 403/);
      assert.equal(gateway.cluster.streams.length, 0);
    });
  }

  it('never carries a header that somebody may take for an identity', async () => {
    gateway.cluster.onOpen = (stream) => stream.answer(200, [['Content-Length', '0']]);
    const spoofed = [
      'X-Remote-User',
      'X-Remote-Group',
      'X-Forwarded-For',
      'X-Forwarded-User',
      'Forwarded',
      'Audit-ID',
      'X-Original-URL',
      'X-HTTP-Method-Override',
      'Cookie',
      'Proxy-Authorization',
      'Via',
    ];
    await client
      .send(get('/api', `${spoofed.map((name) => `${name}: x\r\n`).join('')}Accept: application/json\r\n`))
      .untilText('200 OK');
    assert.deepEqual(gateway.cluster.streams[0]?.request.head.h, [['Accept', 'application/json']]);
  });

  it('with a path that could be read in two ways is refused', async () => {
    for (const path of ['/api/v1/../v1', '/api//v1', '/api/v1%2fpods', '/api/v1;x']) {
      const own = await RawClient.open(gateway);
      assert.match(await own.send(get(path)).until(({ text }) => text.includes('"code":400')), /^HTTP\/1.1 400/);
      own.close();
    }
    assert.equal(gateway.cluster.streams.length, 0);
  });

  it('beyond the limit of its principal gets 429, and its place comes back', async () => {
    const small = await startTestGateway({ maxStreams: 1 });
    const first = await RawClient.open(small);
    const next = small.cluster.next();
    first.send(get('/api/v1/pods?watch=1'));
    const watch = await next;
    const second = await RawClient.open(small);
    assert.match(await second.send(get('/api')).untilText('TooManyRequests'), /^HTTP\/1.1 429[\s\S]*Retry-After: 1/);
    watch.answer(200, [], '');
    await first.untilText('0\r\n\r\n');
    small.cluster.onOpen = (stream) => stream.answer(200, [['Content-Length', '0']]);
    await second.send(get('/api')).untilText('200 OK');
    first.close();
    second.close();
    await small.close();
  });

  it('whose client goes away is cancelled at the API server', async () => {
    const next = gateway.cluster.next();
    client.send(get('/api/v1/pods?watch=1'));
    const stream = await next;
    stream.answer(200, [['Content-Type', 'application/json']], '{}\n', false);
    await client.untilText('{}');
    client.close();
    await eventually(() => stream.resetCode === 'CANCELLED', 'the stream is cancelled');
    await eventually(() => stages().includes('ResponseComplete'), 'its end is on record');
    assert.deepEqual(stages(), ['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
    assert.equal(gateway.events.at(-1)?.response?.endReason, 'client_closed');
  });

  it('whose client ends its side is cancelled too: that is what a killed process looks like', async () => {
    const next = gateway.cluster.next();
    client.send(get('/api/v1/pods?watch=1'));
    const stream = await next;
    client.socket.end();
    await eventually(() => stream.resetCode === 'CANCELLED', 'the stream is cancelled');
  });

  it('of a slow client grants no more credit than its socket takes', async () => {
    const next = gateway.cluster.next();
    client.send(get('/api/v1/pods/x/log'));
    const stream = await next;
    client.socket.pause();
    stream.answer(200, [], undefined, false);
    const chunk = Buffer.alloc(65_536, 97);
    let sent = 0;
    // What the wire would do: 256 KiB of credit ahead of what has been consumed.
    const pump = () => {
      while (sent < 64 * 1_048_576 && sent - stream.consumedBytes < 262_144) {
        sent += chunk.length;
        stream.data(chunk);
      }
    };
    for (let i = 0; i < 500; i++) {
      pump();
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The kernel's buffers of both ends take a few MiB, the gateway itself a window.
    assert.ok(sent < 24 * 1_048_576, `${sent} bytes were taken for a client that reads none`);
    const stalledAt = stream.consumedBytes;
    client.socket.resume();
    await eventually(() => {
      pump();
      return stream.consumedBytes > stalledAt + 1_048_576;
    }, 'credit is granted again');
    client.close();
    await eventually(() => stream.resetCode === 'CANCELLED', 'the stream is cancelled');
  });

  it('with a body stops reading its client when the API server takes no more', async () => {
    const next = gateway.cluster.next();
    const body = 'x'.repeat(4_000_000);
    client.send(post('/api/v1/namespaces/dev/configmaps', body).slice(0, 200));
    const stream = await next;
    stream.hasCredit = false;
    client.send(post('/api/v1/namespaces/dev/configmaps', body).slice(200));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(stream.body.length < 1_000_000, `${stream.body.length} bytes were read`);
    stream.hasCredit = true;
    stream.handlers.onDrain();
    await eventually(() => stream.hasEnded, 'the body has come whole');
    assert.equal(stream.body, body);
    stream.answer(200, [['Content-Length', '0']]);
    await client.untilText('200 OK');
  });

  it('that expects 100 gets it when it may go on, and not when it is refused', async () => {
    const next = gateway.cluster.next();
    client.send(
      `POST /clusters/demo/api/v1/namespaces HTTP/1.1\r\nHost: hub\r\n${bearer}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    );
    const stream = await next;
    await client.untilText('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('{}');
    await eventually(() => stream.hasEnded, 'the body has come');
    stream.answer(201, [['Content-Length', '0']]);
    await client.untilText('201');
    const refused = await RawClient.open(gateway);
    const text = await refused
      .send(
        'POST /clusters/demo/api/v1/namespaces HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
      )
      .untilClosed();
    assert.match(text, /^HTTP\/1.1 401 [\s\S]*Connection: close/);
    refused.close();
  });

  describe('that fails on its way', () => {
    const cases: [ResetCode, boolean, 'GET' | 'POST', number, boolean][] = [
      ['AGENT_LOST', true, 'GET', 503, true],
      ['AGENT_LOST', true, 'POST', 504, false],
      ['UPSTREAM_FAILED', false, 'POST', 503, true],
      ['UPSTREAM_ABORTED', true, 'GET', 502, false],
      ['UPSTREAM_ABORTED', true, 'POST', 502, false],
      ['TIMEOUT', true, 'GET', 504, false],
      ['CREDENTIAL_REFUSED', false, 'GET', 502, false],
      ['PROTOCOL', true, 'POST', 502, false],
    ];
    for (const [code, delivered, method, status, mayRepeat] of cases) {
      it(`${method}, ${code}, ${delivered ? 'perhaps' : 'certainly not'} delivered: ${status}, ${mayRepeat ? 'repeat it' : 'no word of repeating'}`, async () => {
        const next = gateway.cluster.next();
        client.send(method === 'GET' ? get('/api/v1/pods') : post('/api/v1/namespaces', '{}'));
        (await next).fail(code, delivered);
        const text = await client.untilText(code);
        assert.match(text, new RegExp(`^HTTP/1.1 ${status} `));
        assert.equal(
          /\r\nRetry-After: \d/.test(text),
          mayRepeat,
          'client-go repeats what has a Retry-After, whatever its method',
        );
        assert.equal(gateway.cluster.streams.length, 1);
      });
    }

    it('before it was delivered is sent again, with the credential, with its body, to another agent', async () => {
      gateway.cluster.instances = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
      const codes: ResetCode[] = ['CREDENTIAL_UNKNOWN', 'SESSION_UNKNOWN', 'CLUSTER_AWAY'];
      gateway.cluster.onOpen = (stream) => {
        const code = codes.shift();
        if (code === undefined) stream.answer(201, [['Content-Length', '0']]);
        else setImmediate(() => stream.fail(code, false));
      };
      await client.send(post('/api/v1/namespaces', '{"kind":"Namespace"}')).untilText('201');
      const { streams } = gateway.cluster;
      assert.deepEqual(
        streams.map(({ request, instance }) => [instance, request.withCredential]),
        [
          ['aaaaaaaaaaaa', false],
          ['aaaaaaaaaaaa', true],
          ['aaaaaaaaaaaa', true],
          ['bbbbbbbbbbbb', true],
        ],
      );
      for (const { body, hasEnded } of streams) assert.deepEqual([body, hasEnded], ['{"kind":"Namespace"}', true]);
      assert.equal(gateway.events.length, 1 + 1, 'one request, however often it was sent');
    });

    it('is not sent again once the agent has said something', async () => {
      gateway.cluster.onOpen = (stream) => {
        stream.handlers.onAccept?.();
        stream.fail('SESSION_UNKNOWN', false);
      };
      await client.send(get('/api')).untilText('SESSION_UNKNOWN');
      assert.equal(gateway.cluster.streams.length, 1);
    });

    it('when no agent is there gets 503 with Retry-After, never 404 or 410', async () => {
      gateway.cluster.instances = [];
      const text = await client.send(get('/api/v1/pods?watch=1')).untilText('CLUSTER_AWAY');
      assert.match(text, /^HTTP\/1.1 503 [\s\S]*Retry-After: 2/);
      assert.match(bodyOf(text).message ?? '', /Cluster demo is away/);
    });

    it('in the middle of its answer is never ended as if it were whole', async () => {
      const next = gateway.cluster.next();
      client.send(get('/api/v1/pods'));
      const stream = await next;
      stream.answer(200, [], '{"items":[', false);
      await client.untilText('items');
      stream.fail('AGENT_LOST', true);
      const text = await client.untilClosed();
      assert.ok(!text.includes('0\r\n\r\n'));
    });

    it('is broken off when the API server sends less or more than it said', async () => {
      for (const body of ['abc', 'abcdefgh']) {
        const own = await RawClient.open(gateway);
        gateway.cluster.onOpen = (stream) => stream.answer(200, [['Content-Length', '5']], body);
        await own.send(get('/api')).untilClosed();
        own.close();
      }
    });

    it('with an answer that is no HTTP gets 502', async () => {
      gateway.cluster.onOpen = (stream) => stream.answer(200, [['X-Bad', 'a\r\nSet-Cookie: b']], 'x');
      assert.match(await client.send(get('/api')).untilText('PROTOCOL'), /^HTTP\/1.1 502 /);
    });
  });

  describe('that watches', () => {
    async function watch(type: string): Promise<Awaited<ReturnType<typeof gateway.cluster.next>>> {
      const next = gateway.cluster.next();
      client.send(get('/api/v1/pods?watch=1'));
      const stream = await next;
      stream.answer(200, [['Content-Type', type]], undefined, false);
      return stream;
    }

    it('ends cleanly between two events when its agent is lost, so that its client resumes', async () => {
      const stream = await watch('application/json');
      stream.data('{"type":"ADDED"}\n{"type":');
      stream.data('"MODIFIED"}\n');
      stream.fail('AGENT_LOST', true);
      assert.match(await client.untilText('0\r\n\r\n'), /MODIFIED/);
      await eventually(() => gateway.events.length === 3, 'its end is on record');
      assert.equal(gateway.events.at(-1)?.response?.endReason, 'agent_lost');
    });

    it('is broken off in the middle of an event', async () => {
      const stream = await watch('application/json');
      stream.data('{"type":"ADDED"}\n{"type":');
      stream.fail('AGENT_LOST', true);
      assert.ok(!(await client.untilClosed()).includes('0\r\n\r\n'));
    });

    it('of protobuf ends between frames and is broken off inside one', async () => {
      const frame = Buffer.concat([Buffer.from([0, 0, 1, 2]), Buffer.alloc(258, 10)]);
      const whole = await watch('application/vnd.kubernetes.protobuf;stream=watch');
      whole.data(frame.subarray(0, 3));
      whole.data(frame.subarray(3, 100));
      whole.data(Buffer.concat([frame.subarray(100), frame]));
      whole.fail('AGENT_LOST', true);
      await client.untilText('0\r\n\r\n');
      client = await RawClient.open(gateway);
      const cut = await watch('application/vnd.kubernetes.protobuf;stream=watch');
      cut.data(frame.subarray(0, 261));
      cut.fail('AGENT_LOST', true);
      await client.untilClosed();
    });

    it('ends with an ERROR event when a policy no longer allows it', async () => {
      const stream = await watch('application/json');
      stream.data('{"type":"ADDED"}\n');
      gateway.decide = () => ({ effect: 'ImplicitDeny', statements: [] });
      gateway.setPolicyVersion('2');
      const text = await client.untilText('0\r\n\r\n');
      assert.match(text, /"type":"ERROR","object":\{"kind":"Status"[\s\S]*"code":403/);
      assert.equal(stream.resetCode, 'CANCELLED');
      await eventually(() => gateway.events.length === 3, 'its end is on record');
      assert.equal(gateway.events.at(-1)?.response?.endReason, 'revoked');
    });

    it('goes on when a changed policy still allows it', async () => {
      const stream = await watch('application/json');
      gateway.setPolicyVersion('2');
      await new Promise((resolve) => setTimeout(resolve, 20));
      stream.data('{"type":"ADDED"}\n');
      await client.untilText('ADDED');
      stream.handlers.onEnd([]);
      await client.untilText('0\r\n\r\n');
    });

    it('ends when the session that opened it does', async () => {
      await watch('application/json');
      gateway.live.endExpired(gateway.tokens.expiresAt * 1000 - 1);
      assert.equal(gateway.live.size, 1);
      gateway.live.endExpired(gateway.tokens.expiresAt * 1000 + 1);
      assert.match(await client.untilText('0\r\n\r\n'), /"code":401/);
    });

    it('ends between two events when the gateway stops', async () => {
      const stream = await watch('application/json');
      stream.data('{"type":"ADDED"');
      gateway.live.endWatches();
      assert.equal(gateway.live.size, 1, 'not inside an event');
      stream.data('}\n');
      assert.match(await client.untilText('0\r\n\r\n'), /\r\n\}\n\r\n0\r\n\r\n$/);
    });
  });

  describe('that asks for an upgrade', () => {
    const upgrade = (protocol: string, fields = '') =>
      get(
        '/api/v1/namespaces/dev/pods/web/exec?command=sh',
        `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n${fields}`,
      );

    it('is a pair of raw byte streams after 101, each with its own end', async () => {
      const next = gateway.cluster.next();
      client.send(upgrade('SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io\r\n'));
      const stream = await next;
      assert.equal(stream.request.head.u, 'spdy/3.1');
      assert.equal(stream.hasEnded, false);
      client.send('early');
      stream.answer(
        101,
        [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'SPDY/3.1'],
          ['X-Stream-Protocol-Version', 'v4.channel.k8s.io'],
        ],
        undefined,
        false,
      );
      assert.equal(
        await client.untilText('\r\n\r\n'),
        'HTTP/1.1 101 Because\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n',
      );
      await eventually(() => stream.body === 'early', 'bytes behind the request have come');
      client.send('GET / HTTP/1.1\r\n\r\n\0\xff');
      await eventually(() => stream.body.endsWith('\0\xff'), 'bytes are bytes');
      stream.data('\x80\x03hello');
      await client.untilText('\x80\x03hello');
      client.socket.end();
      await eventually(() => stream.hasEnded, 'the client’s end has reached the cluster');
      stream.data('last words');
      await client.untilText('last words');
      stream.handlers.onEnd([]);
      await client.until(({ hasEnded }) => hasEnded);
      await eventually(() => gateway.events.length === 3, 'its end is on record');
      assert.equal(gateway.events.at(-1)?.response?.endReason, 'complete');
    });

    it('goes on from the client after the API server has ended', async () => {
      const next = gateway.cluster.next();
      client.send(upgrade('websocket'));
      const stream = await next;
      stream.answer(101, [['Upgrade', 'websocket']], undefined, false);
      await client.untilText('101');
      stream.handlers.onEnd([]);
      await client.until(({ hasEnded }) => hasEnded);
      client.send('goodbye');
      await eventually(() => stream.body === 'goodbye', 'the client’s last bytes');
      client.socket.end();
      await eventually(() => stream.hasEnded && gateway.live.size === 0, 'both sides have ended');
    });

    it('carries a browser’s token in a subprotocol no further', async () => {
      gateway.cluster.onOpen = (stream) => stream.answer(101, [['Upgrade', 'websocket']], undefined, false);
      const token = Buffer.from('session.ada').toString('base64url');
      await client
        .send(
          `GET /clusters/demo/api/v1/namespaces/dev/pods/web/exec HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.${token}, v5.channel.k8s.io\r\n\r\n`,
        )
        .untilText('101');
      assert.deepEqual(gateway.cluster.streams[0]?.request.head.h, [
        ['Sec-WebSocket-Key', 'k'],
        ['Sec-WebSocket-Protocol', 'v5.channel.k8s.io'],
      ]);
      client.socket.end();
      await eventually(() => gateway.cluster.streams[0]?.hasEnded === true, 'the client’s end has reached the cluster');
      gateway.cluster.streams[0]?.handlers.onEnd([]);
    });

    it('and is refused hands on the refusal and closes: what follows is no request', async () => {
      gateway.cluster.onOpen = (stream) => stream.answer(403, [['Content-Length', '2']], 'no');
      const text = await client.send(`${upgrade('websocket')}${get('/api/v1/secrets')}`).untilClosed();
      assert.match(text, /^HTTP\/1.1 403 [\s\S]*Connection: close\r\n\r\nno$/);
      assert.equal(gateway.cluster.streams.length, 1);
    });

    it('to anything but WebSocket and SPDY is refused', async () => {
      assert.match(await client.send(upgrade('foo')).untilText('UPGRADE_NOT_SERVED'), /^HTTP\/1.1 400/);
    });

    it('and loses its agent is broken off', async () => {
      const next = gateway.cluster.next();
      client.send(upgrade('websocket'));
      const stream = await next;
      stream.answer(101, [['Upgrade', 'websocket']], undefined, false);
      await client.untilText('101');
      stream.fail('AGENT_LOST', true);
      await client.untilClosed();
    });
  });
});
