import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ExpectedRequest, REQUEST_CORPUS, type RequestVector } from './corpus.ts';
import type { HeaderList, HttpParseError, RequestHead } from './message.ts';
import { RequestParser, type RequestParserOptions } from './request-parser.ts';

interface Outcome {
  requests: ExpectedRequest[];
  error: { status: number; code: string } | undefined;
}

/** What a connection that answers at once reads from these pieces, followed by the end of the client's side. */
function read(pieces: Buffer[], options: RequestParserOptions = {}): Outcome {
  const outcome: Outcome = { requests: [], error: undefined };
  let head: RequestHead | undefined;
  let body: Buffer[] = [];
  const parser = new RequestParser(
    {
      onHead(next) {
        assert.equal(outcome.error, undefined, 'a handler was called after onError');
        assert.equal(head, undefined, 'a head came inside a request');
        head = next;
        body = [];
      },
      onBody(chunk) {
        assert.ok(head !== undefined && head.bodyKind !== 'none' && chunk.length > 0);
        body.push(chunk);
      },
      onEnd(trailers) {
        assert.ok(head !== undefined);
        outcome.requests.push(completed(head, body, trailers));
        head = undefined;
        parser.next();
      },
      onError({ status, code }) {
        assert.equal(outcome.error, undefined, 'onError was called twice');
        outcome.error = { status, code };
      },
    },
    options,
  );
  for (const piece of pieces) parser.push(piece);
  parser.finish();
  return outcome;
}

function completed(head: RequestHead, body: Buffer[], trailers: HeaderList): ExpectedRequest {
  const text = Buffer.concat(body).toString('latin1');
  if (head.bodyKind === 'length') assert.equal(text.length, head.contentLength);
  else assert.equal(head.contentLength, 0);
  const { method, target, minor, headers, keepAlive, upgrade, expectContinue } = head;
  return { method, target, minor, headers, body: text, trailers, keepAlive, upgrade, expectContinue };
}

function expected(vector: RequestVector): Outcome {
  const { expect } = vector;
  if ('requests' in expect) return { requests: expect.requests, error: undefined };
  return { requests: expect.before, error: { status: expect.status, code: expect.code } };
}

function pieces(raw: Buffer, cuts: number[]): Buffer[] {
  const ends = [...cuts].sort((a, b) => a - b);
  return [...ends, raw.length].map((end, index) => raw.subarray(index === 0 ? 0 : ends[index - 1]!, end));
}

describe('each vector of the corpus', () => {
  for (const vector of REQUEST_CORPUS) {
    const raw = Buffer.from(vector.raw, 'latin1');

    test(`whole and byte by byte: ${vector.name}`, () => {
      assert.deepEqual(read([raw]), expected(vector));
      assert.deepEqual(read(Array.from(raw, (byte) => Buffer.of(byte))), expected(vector));
    });
  }

  test('in random pieces', () => {
    const index = fc.nat({ max: REQUEST_CORPUS.length - 1 });
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(index, cuts, (at, fractions) => {
        const vector = REQUEST_CORPUS[at]!;
        const raw = Buffer.from(vector.raw, 'latin1');
        const points = fractions.map((fraction) => Math.floor(fraction * raw.length));
        assert.deepEqual(read(pieces(raw, points)), expected(vector));
      }),
      { numRuns: 3000 },
    );
  });

  test('cut in two at every place', () => {
    for (const vector of REQUEST_CORPUS) {
      if (vector.raw.length > 300) continue;
      const raw = Buffer.from(vector.raw, 'latin1');
      for (let cut = 0; cut <= raw.length; cut += 1) {
        assert.deepEqual(read(pieces(raw, [cut])), expected(vector), `${vector.name}, cut at ${cut}`);
      }
    }
  });
});

test('any bytes: the outcome does not depend on how they are cut', () => {
  const fragment = fc.constantFrom(
    ...['GET ', '/a', ' HTTP/1.1', ' HTTP/1.0', '\r\n', '\r', '\n', 'Host: a', ': ', ' ', '\0', 'x', '5', '0', ';'],
    ...[
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
      'Connection: close',
      'Connection: upgrade',
      'Upgrade: websocket',
    ],
    ...['GET / HTTP/1.1\r\nHost: a\r\n', '\r\n\r\n', '5\r\nhello\r\n', '0\r\n\r\n', 'X-Y: z\r\n'],
  );
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), cuts, (fragments, fractions) => {
      const raw = Buffer.from(fragments.join(''), 'latin1');
      const whole = read([raw]);
      const points = fractions.map((fraction) => Math.floor(fraction * raw.length));
      assert.deepEqual(read(pieces(raw, points)), whole);
      assert.deepEqual(read(Array.from(raw, (byte) => Buffer.of(byte))), whole);
    }),
    { numRuns: 3000 },
  );
});

interface Recording {
  parser: RequestParser;
  log: string[];
  errors: HttpParseError[];
}

function record(options: RequestParserOptions = {}): Recording {
  const log: string[] = [];
  const errors: HttpParseError[] = [];
  const parser = new RequestParser(
    {
      onHead: (head) => log.push(`head ${head.target}`),
      onBody: (chunk) => log.push(`body ${chunk.toString('latin1')}`),
      onEnd: () => log.push('end'),
      onError: (error) => {
        log.push(`error ${error.code}`);
        errors.push(error);
      },
    },
    options,
  );
  return { parser, log, errors };
}

function request(target: string, fields = ''): Buffer {
  return Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`, 'latin1');
}

test('a pipelined request waits for next(), and push() asks to stop reading', () => {
  const { parser, log } = record();
  assert.equal(parser.push(request('/1')), true);
  assert.deepEqual(log, ['head /1', 'end']);
  assert.equal(parser.push(request('/2').subarray(0, 10)), false);
  assert.equal(parser.push(request('/2').subarray(10)), false);
  assert.equal(parser.push(request('/3')), false);
  assert.deepEqual(log, ['head /1', 'end']);
  parser.next();
  assert.deepEqual(log.splice(0), ['head /1', 'end', 'head /2', 'end']);
  parser.next();
  assert.deepEqual(log.splice(0), ['head /3', 'end']);
  parser.next();
  assert.deepEqual(log, []);
  assert.equal(parser.push(request('/4')), true);
  assert.deepEqual(log, ['head /4', 'end']);
});

test('a bad pipelined request is told after the one before it has been answered', () => {
  const { parser, log } = record();
  parser.push(Buffer.concat([request('/1'), Buffer.from('bad\r\n')]));
  assert.deepEqual(log, ['head /1', 'end']);
  parser.next();
  assert.deepEqual(log, ['head /1', 'end', 'error HTTP_INVALID_REQUEST_LINE']);
});

test('next() before the end of a request is a mistake of the caller', () => {
  const { parser } = record();
  assert.throws(() => parser.next(), /before the request had ended/);
  parser.push(request('/', 'Content-Length: 5\r\n'));
  assert.throws(() => parser.next(), /before the request had ended/);
});

test('who does not stop reading is refused once the answer is out, with bounded memory', () => {
  const { parser, log, errors } = record({ maxUnreadBytes: 1000 });
  parser.push(request('/1'));
  for (let sent = 0; sent < 100_000; sent += 100) parser.push(Buffer.alloc(100, 'x'));
  assert.deepEqual(log, ['head /1', 'end']);
  parser.next();
  assert.equal(errors[0]?.code, 'HTTP_TOO_MUCH_PIPELINED');
  assert.equal(errors[0]?.status, 400);
});

test('requests that came whole before too much was pipelined are still delivered', () => {
  const { parser, log } = record({ maxUnreadBytes: request('/2').length + 10 });
  parser.push(request('/1'));
  parser.push(request('/2'));
  parser.push(request('/3'));
  parser.next();
  parser.next();
  assert.deepEqual(log, ['head /1', 'end', 'head /2', 'end', 'error HTTP_TOO_MUCH_PIPELINED']);
});

test('detach() gives the bytes behind an upgrade, whatever piece they came in', () => {
  const raw = Buffer.concat([
    request('/exec', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    Buffer.from('\x81\x85frames'),
  ]);
  for (let cut = 0; cut < raw.length; cut += 1) {
    const { parser, log } = record();
    parser.push(raw.subarray(0, cut));
    parser.push(raw.subarray(cut));
    assert.deepEqual(log, ['head /exec', 'end']);
    assert.equal(parser.detach().toString(), '\x81\x85frames');
    parser.push(Buffer.from('more'));
    parser.finish();
    parser.next();
    assert.deepEqual(log, ['head /exec', 'end']);
  }
});

test('detach() inside onHead stops everything', () => {
  const log: string[] = [];
  const parser = new RequestParser({
    onHead: () => {
      log.push('head');
      log.push(parser.detach().toString());
    },
    onBody: () => log.push('body'),
    onEnd: () => log.push('end'),
    onError: () => log.push('error'),
  });
  parser.push(Buffer.concat([request('/', 'Content-Length: 5\r\n'), Buffer.from('hello')]));
  parser.push(Buffer.from('bad'));
  parser.finish();
  assert.deepEqual(log, ['head', 'hello']);
});

test('detach() says so when bytes behind an upgrade had to be dropped', () => {
  const { parser } = record({ maxUnreadBytes: 10 });
  parser.push(request('/exec', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
  parser.push(Buffer.alloc(11));
  assert.throws(() => parser.detach(), { code: 'HTTP_TOO_MUCH_PIPELINED' });
});

test('the end of the client is told after the request that is being answered', () => {
  const { parser, log } = record();
  parser.push(Buffer.concat([request('/1'), Buffer.from('GET /2')]));
  parser.finish();
  assert.deepEqual(log, ['head /1', 'end']);
  parser.next();
  assert.deepEqual(log, ['head /1', 'end', 'error HTTP_TRUNCATED']);
});

test('a body is delivered without being copied', () => {
  const bodies: Buffer[] = [];
  const parser = new RequestParser({
    onHead: () => {},
    onBody: (chunk) => bodies.push(chunk),
    onEnd: () => {},
    onError: assert.ifError,
  });
  parser.push(request('/', 'Content-Length: 10\r\n'));
  const piece = Buffer.from('0123456789');
  parser.push(piece);
  assert.equal(bodies[0]?.buffer, piece.buffer);
});

test('what a handler throws reaches the caller of push(), not onError', () => {
  const failure = new Error('from a handler');
  const parser = new RequestParser({
    onHead: () => {
      throw failure;
    },
    onBody: () => {},
    onEnd: () => {},
    onError: () => assert.fail('onError was called'),
  });
  assert.throws(() => parser.push(request('/')), failure);
});

test('push() inside a handler is a mistake of the caller', () => {
  const parser = new RequestParser({
    onHead: () => parser.push(request('/2')),
    onBody: () => {},
    onEnd: () => {},
    onError: () => {},
  });
  assert.throws(() => parser.push(request('/1')), /by a handler of the same parser/);
});

test('limits are those of the caller, to the byte', () => {
  const raw = request('/abc', 'X: y\r\n');
  const atLimit = { maxHeadBytes: raw.length, maxHeaders: 2, maxUriBytes: 4 };
  assert.equal(read([raw], atLimit).error, undefined);
  assert.deepEqual(read([raw], { ...atLimit, maxHeadBytes: raw.length - 1 }).error, {
    status: 431,
    code: 'HTTP_HEAD_TOO_LARGE',
  });
  assert.equal(read([raw], { ...atLimit, maxHeaders: 1 }).error?.code, 'HTTP_TOO_MANY_FIELDS');
  assert.equal(read([raw], { ...atLimit, maxUriBytes: 3 }).error?.code, 'HTTP_URI_TOO_LONG');
});

test('the limits of a head count for each request anew', () => {
  const raw = request('/', 'X: y\r\n');
  const options = { maxHeadBytes: raw.length, maxHeaders: 2 };
  assert.equal(read([Buffer.concat(Array.from({ length: 50 }, () => raw))], options).requests.length, 50);
});

test('without strictNames a name is any token', () => {
  const raw = request('/', "a_b.c!#$%&'*+^`|~: d\r\n");
  assert.equal(read([raw]).error?.code, 'HTTP_INVALID_FIELD_NAME');
  assert.deepEqual(read([raw], { strictNames: false }).requests[0]?.headers[1], ["a_b.c!#$%&'*+^`|~", 'd']);
  assert.equal(read([request('/', 'a b: c\r\n')], { strictNames: false }).error?.code, 'HTTP_INVALID_FIELD_NAME');
});

test('no error tells what the client sent', () => {
  for (const { raw } of REQUEST_CORPUS) {
    const { parser, errors } = record();
    parser.push(Buffer.from(raw.replaceAll('hub.example', 'hub.canary7').replaceAll('hello', 'canary7'), 'latin1'));
    for (const error of errors) assert.doesNotMatch(error.message, /canary7|evil/);
  }
});
