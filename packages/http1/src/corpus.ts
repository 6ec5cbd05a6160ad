// Raw requests and what has to become of them: the attacks of RFC 9110, 9112 and of the advisories of the last ten years,
// and the requests that kubectl, client-go, browsers and curl really send. Data only: the codec's tests feed each vector
// whole, byte by byte and in random pieces, and hold it against node:http; the gateway's tests send it over a socket.

import type { HeaderList } from './message.ts';

export interface ExpectedRequest {
  method: string;
  target: string;
  minor: 0 | 1;
  headers: HeaderList;
  /** latin1 */
  body: string;
  trailers: HeaderList;
  keepAlive: boolean;
  upgrade: string | undefined;
  expectContinue: boolean;
}

export interface RequestVector {
  name: string;
  /** latin1: one character a byte. */
  raw: string;
  /** The refusal shows only when the client ends its side: the bytes are the beginning of something legal. */
  needsEnd?: true;
  expect:
    | { requests: ExpectedRequest[] }
    /** `before`: requests that are complete when the refusal comes. */
    | { status: number; code: string; before: ExpectedRequest[] };
}

const HOST = 'Host: hub.example\r\n';
const HOST_FIELD: [string, string] = ['Host', 'hub.example'];

function get(fields = ''): string {
  return `GET / HTTP/1.1\r\n${HOST}${fields}\r\n`;
}

function post(fields: string, body = ''): string {
  return `POST / HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

function chunked(body: string): string {
  return post('Transfer-Encoding: chunked\r\n', body);
}

function line(requestLine: string): string {
  return `${requestLine}\r\n${HOST}\r\n`;
}

type Expectation = Partial<Omit<ExpectedRequest, 'headers'>>;

function request(expected: Expectation, ...headers: HeaderList): ExpectedRequest {
  return {
    method: 'GET',
    target: '/',
    minor: 1,
    headers: [HOST_FIELD, ...headers],
    body: '',
    trailers: [],
    keepAlive: true,
    upgrade: undefined,
    expectContinue: false,
    ...expected,
  };
}

const CHUNKED_POST: Expectation = { method: 'POST' };

function refused(status: number, code: string, vectors: [name: string, raw: string][]): RequestVector[] {
  return vectors.map(([name, raw]) => ({ name, raw, expect: { status, code, before: [] } }));
}

function accepted(vectors: [name: string, raw: string, ...requests: ExpectedRequest[]][]): RequestVector[] {
  return vectors.map(([name, raw, ...requests]) => ({ name, raw, expect: { requests } }));
}

function truncated(vectors: [name: string, raw: string][]): RequestVector[] {
  return vectors.map(([name, raw]) => ({
    name: `truncated: ${name}`,
    raw,
    needsEnd: true,
    expect: { status: 400, code: 'HTTP_TRUNCATED', before: [] },
  }));
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n';

const REQUEST_LINES: RequestVector[] = [
  ...refused(400, 'HTTP_INVALID_REQUEST_LINE', [
    ['no target and no version', line('GET')],
    ['HTTP/0.9: no version', line('GET /')],
    ['no target', line('GET HTTP/1.1')],
    ['only spaces', line(' ')],
    ['tabs for spaces', line('GET\t/\tHTTP/1.1')],
    ['garbage line', line('hello')],
  ]),
  ...refused(400, 'HTTP_INVALID_VERSION', [
    ['space before the method', line(' GET / HTTP/1.1')],
    ['two spaces after the method', line('GET  / HTTP/1.1')],
    ['two spaces before the version', line('GET /  HTTP/1.1')],
    ['space after the version', line('GET / HTTP/1.1 ')],
    ['tab after the version', line('GET / HTTP/1.1\t')],
    ['space in the target', line('GET /a b HTTP/1.1')],
    ['second request in the target', line('GET / HTTP/1.1 /admin HTTP/1.1')],
    ['lower-case http', line('GET / http/1.1')],
    ['mixed-case Http', line('GET / Http/1.1')],
    ['version without a minor', line('GET / HTTP/1')],
    ['version with a dangling dot', line('GET / HTTP/1.')],
    ['version with two minor digits', line('GET / HTTP/1.10')],
    ['version with leading zeros', line('GET / HTTP/01.1')],
    ['version with a leading zero minor', line('GET / HTTP/1.01')],
    ['version with a sign', line('GET / HTTP/+1.1')],
    ['version with a comma', line('GET / HTTP/1,1')],
    ['version with white space inside', line('GET / HTTP/ 1.1')],
    ['another protocol', line('GET / ICY/1.1')],
    ['SIP', line('OPTIONS / SIP/2.0')],
    ['no slash in the version', line('GET / HTTP1.1')],
    ['something after the version', line('GET / HTTP/1.1x')],
    ['NUL after the version', line('GET / HTTP/1.1\0')],
    ['unicode digits in the version', line('GET / HTTP/1.\xb9')],
    ['empty version', line('GET / ')],
  ]),
  ...refused(505, 'HTTP_UNKNOWN_VERSION', [
    ['HTTP/1.2', line('GET / HTTP/1.2')],
    ['HTTP/1.9', line('GET / HTTP/1.9')],
    ['HTTP/0.9 by name', line('GET / HTTP/0.9')],
    ['HTTP/2.0', line('GET / HTTP/2.0')],
    ['HTTP/3.0', line('GET / HTTP/3.0')],
    ['HTTP/9.9', line('GET / HTTP/9.9')],
    ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ]),
  ...refused(400, 'HTTP_INVALID_METHOD', [
    ['empty method', line(' / HTTP/1.1')],
    ['method with a slash', line('GE/T / HTTP/1.1')],
    ['method with a colon', line('GET: / HTTP/1.1')],
    ['method with brackets', line('{GET} / HTTP/1.1')],
    ['method with a NUL', line('GE\0T / HTTP/1.1')],
    ['method with a tab', line('GET\t / HTTP/1.1')],
    ['method outside ASCII', line('G\xcbT / HTTP/1.1')],
    ['method of 33 letters', line(`${'A'.repeat(33)} / HTTP/1.1`)],
    ['method with a quote', line('"GET" / HTTP/1.1')],
    ['method with DEL', line('GET\x7f / HTTP/1.1')],
    ['UTF-8 byte order mark', line('\xef\xbb\xbfGET / HTTP/1.1')],
  ]),
  ...refused(400, 'HTTP_CONNECT_REFUSED', [
    ['CONNECT, authority-form', line('CONNECT hub.example:443 HTTP/1.1')],
    ['CONNECT, origin-form', line('CONNECT / HTTP/1.1')],
  ]),
  ...refused(501, 'HTTP_TRACE_REFUSED', [['TRACE', line('TRACE / HTTP/1.1')]]),
  ...refused(400, 'HTTP_TARGET_NOT_ORIGIN_FORM', [
    ['absolute-form, same authority', line('GET http://hub.example/ HTTP/1.1')],
    ['absolute-form, other authority', line('GET http://evil.example/api/v1/secrets HTTP/1.1')],
    ['absolute-form, https', line('GET https://hub.example/ HTTP/1.1')],
    ['absolute-form, userinfo', line('GET http://user:pass@hub.example/ HTTP/1.1')],
    ['absolute-form, unknown scheme', line('GET file:///etc/passwd HTTP/1.1')],
    ['authority-form on GET', line('GET hub.example:443 HTTP/1.1')],
    ['asterisk-form, OPTIONS', line('OPTIONS * HTTP/1.1')],
    ['asterisk-form, GET', line('GET * HTTP/1.1')],
    ['no leading slash', line('GET api/v1/pods HTTP/1.1')],
    ['leading query', line('GET ?a=b HTTP/1.1')],
    ['leading dots', line('GET ../secrets HTTP/1.1')],
    ['leading encoded slash', line('GET %2fapi HTTP/1.1')],
    ['leading backslash', line('GET \\api HTTP/1.1')],
    ['two leading slashes', line('GET //evil.example/api HTTP/1.1')],
    ['three leading slashes', line('GET ///api HTTP/1.1')],
    ['only a fragment', line('GET #x HTTP/1.1')],
  ]),
  ...refused(400, 'HTTP_INVALID_TARGET', [
    ['fragment', line('GET /api#/../secrets HTTP/1.1')],
    ['fragment in the query', line('GET /api?a=b#c HTTP/1.1')],
    ['NUL in the target', line('GET /api\0/pods HTTP/1.1')],
    ['control byte in the target', line('GET /api\x01 HTTP/1.1')],
    ['ESC in the target', line('GET /\x1b[31m HTTP/1.1')],
    ['tab in the target', line('GET /a\tb HTTP/1.1')],
    ['vertical tab in the target', line('GET /a\x0bb HTTP/1.1')],
    ['DEL in the target', line('GET /a\x7f HTTP/1.1')],
    ['raw UTF-8 in the target', line('GET /caf\xc3\xa9 HTTP/1.1')],
    ['raw UTF-8 in the query', line('GET /?q=\xe2\x82\xac HTTP/1.1')],
    ['overlong UTF-8 slash', line('GET /..\xc0\xafsecrets HTTP/1.1')],
    ['no-break space in the target', line('GET /a\xa0b HTTP/1.1')],
    ['backslash in the target', line('GET /api\\v1 HTTP/1.1')],
    ['backslash after the slash', line('GET /\\evil.example HTTP/1.1')],
  ]),
  ...refused(400, 'HTTP_BARE_CR', [
    ['bare CR in the request line', line('GET /a\rb HTTP/1.1')],
    ['bare CR as a line end', 'GET / HTTP/1.1\rHost: hub.example\r\r\n\r\n'],
    ['CR CR LF after the request line', `GET / HTTP/1.1\r\r\n${HOST}\r\n`],
    ['bare CR before the method', line('\rGET / HTTP/1.1')],
  ]),
  ...refused(400, 'HTTP_BARE_LF', [
    ['bare LF after the request line', `GET / HTTP/1.1\n${HOST}\r\n`],
    ['bare LF before the request', `\n${get()}`],
    ['bare LF everywhere', 'GET / HTTP/1.1\nHost: hub.example\n\n'],
    ['bare LF in the target', line('GET /\nHost: hub.example HTTP/1.1')],
  ]),
  ...refused(400, 'HTTP_BLANK_LINES', [
    ['two empty lines before the request', `\r\n\r\n${get()}`],
    ['many empty lines before the request', `${'\r\n'.repeat(50)}${get()}`],
  ]),
  ...accepted([
    ['one empty line before the request', `\r\n${get()}`, request({})],
    ['extension method', line('PURGE / HTTP/1.1'), request({ method: 'PURGE' })],
    ['lower-case method is another method', line('get / HTTP/1.1'), request({ method: 'get' })],
    ['query only', line('GET /?watch=1&limit=500 HTTP/1.1'), request({ target: '/?watch=1&limit=500' })],
    ['encoded bytes are left alone', line('GET /a%2f..%00%5c HTTP/1.1'), request({ target: '/a%2f..%00%5c' })],
    ['dots are left alone', line('GET /a/../b/./c HTTP/1.1'), request({ target: '/a/../b/./c' })],
    ['inner double slash is left alone', line('GET /a//b HTTP/1.1'), request({ target: '/a//b' })],
    ['asterisk inside', line('GET /*?* HTTP/1.1'), request({ target: '/*?*' })],
    ['colon and at sign', line('GET /u:p@h/ HTTP/1.1'), request({ target: '/u:p@h/' })],
    ['braces and quotes', line('GET /?a={"b"}|^`<> HTTP/1.1'), request({ target: '/?a={"b"}|^`<>' })],
    ['absolute URI in the path', line('GET /http://h/ HTTP/1.1'), request({ target: '/http://h/' })],
  ]),
];

const FIELD_LINES: RequestVector[] = [
  ...refused(400, 'HTTP_INVALID_FIELD_NAME', [
    ['space before the colon', get('Accept : a\r\n')],
    ['tab before the colon', get('Accept\t: a\r\n')],
    ['space before the colon of Content-Length', post('Content-Length : 5\r\n', 'hello')],
    ['space before the colon of Transfer-Encoding', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
    ['space before the colon of Host', 'GET / HTTP/1.1\r\nHost : hub.example\r\n\r\n'],
    ['empty field name', get(': value\r\n')],
    ['space inside a name', get('X Y: a\r\n')],
    ['tab inside a name', get('X\tY: a\r\n')],
    ['NUL in a name', get('X\0Y: a\r\n')],
    ['NUL in Transfer-Encoding', post('Transfer\0-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['control byte in a name', get('X\x01: a\r\n')],
    ['DEL in a name', get('X\x7f: a\r\n')],
    ['name outside ASCII', get('X-\xc3\xa9: a\r\n')],
    ['latin1 name', get('\xc4uthorization: a\r\n')],
    ['quote in a name', get('"X": a\r\n')],
    ['parenthesis in a name', get('X(Y): a\r\n')],
    ['slash in a name', get('X/Y: a\r\n')],
    ['at sign in a name', get('X@Y: a\r\n')],
    ['brackets in a name', get('X[0]: a\r\n')],
    ['braces in a name', get('{X}: a\r\n')],
    ['comma in a name', get('X,Y: a\r\n')],
    ['semicolon in a name', get('X;Y: a\r\n')],
    ['equals sign in a name', get('X=Y: a\r\n')],
    ['question mark in a name', get('X?: a\r\n')],
    ['backslash in a name', get('X\\Y: a\r\n')],
    ['underscore: Impersonate_User', get('Impersonate_User: system:admin\r\n')],
    ['underscore: Content_Length', get('Content_Length: 5\r\n')],
    ['underscore: Transfer_Encoding', get('Transfer_Encoding: chunked\r\n')],
    ['dot: X.Authenticated.User', get('X.Authenticated.User: admin\r\n')],
    ['token characters that are no letters: !#$', get('X!#$: a\r\n')],
    ['tilde and backquote', get('X~`: a\r\n')],
    ['plus in a name', get('X+Y: a\r\n')],
    ['request line as a field', get('GET http://evil.example/ HTTP/1.1\r\n')],
  ]),
  ...refused(400, 'HTTP_FIELD_WITHOUT_COLON', [
    ['field line without a colon', get('Accept\r\n')],
    ['request line among the fields', get('GET /admin HTTP/1.1\r\n')],
    ['first field without a colon', 'GET / HTTP/1.1\r\nHost\r\n\r\n'],
    ['control byte as a line', get('\x01\r\n')],
  ]),
  ...refused(400, 'HTTP_OBS_FOLD', [
    ['obs-fold with a space', get('X: a\r\n b\r\n')],
    ['obs-fold with a tab', get('X: a\r\n\tb\r\n')],
    ['white space before the first field', `GET / HTTP/1.1\r\n ${HOST}\r\n`],
    ['tab before the first field', `GET / HTTP/1.1\r\n\t${HOST}\r\n`],
    ['line of one space', get(' \r\n')],
    ['line of one tab', get('\t\r\n')],
    ['field smuggled in a folded line', get('X: a\r\n Authorization: Bearer x\r\n')],
  ]),
  ...refused(400, 'HTTP_BARE_LF', [
    ['bare LF after a field', `GET / HTTP/1.1\r\nX: a\n${HOST}\r\n`],
    ['bare LF inside a value', get('X: a\nAuthorization: Bearer x\r\n')],
    ['bare LF as the empty line', `GET / HTTP/1.1\r\n${HOST}\n`],
    ['LF LF as the end of the head', `GET / HTTP/1.1\r\nHost: hub.example\n\n`],
  ]),
  ...refused(400, 'HTTP_BARE_CR', [
    ['bare CR inside a value', get('X: a\rb\r\n')],
    ['bare CR hides a field', get('X: a\rTransfer-Encoding: chunked\r\n')],
    ['CR CR LF after a field', get('X: a\r\r\n')],
    ['CR CR LF as the empty line', `GET / HTTP/1.1\r\n${HOST}\r\r\n`],
    ['bare CR inside a name', get('X\rY: a\r\n')],
    ['CR X instead of CR LF at the end of the head (CVE-2025-23167)', `GET / HTTP/1.1\r\n${HOST}\r${SMUGGLED}`],
  ]),
  ...refused(400, 'HTTP_INVALID_FIELD_VALUE', [
    ['NUL in a value', get('X: a\0b\r\n')],
    ['NUL at the end of a value', get('X: a\0\r\n')],
    ['control byte in a value', get('X: a\x01b\r\n')],
    ['backspace in a value', get('X: a\x08b\r\n')],
    ['vertical tab in a value', get('X: a\x0bb\r\n')],
    ['form feed in a value', get('X: a\x0cb\r\n')],
    ['ESC in a value', get('User-Agent: \x1b[2J\r\n')],
    ['DEL in a value', get('X: a\x7fb\r\n')],
    ['vertical tab before chunked', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n')],
    ['form feed before chunked', post('Transfer-Encoding: \x0cchunked\r\n', '0\r\n\r\n')],
    ['NUL after chunked', post('Transfer-Encoding: chunked\0\r\n', '0\r\n\r\n')],
    ['NUL in Content-Length', post('Content-Length: 5\0\r\n', 'hello')],
    ['NUL in Host', 'GET / HTTP/1.1\r\nHost: hub\0.example\r\n\r\n'],
  ]),
  ...accepted([
    ['no white space after the colon', get('X:a\r\n'), request({}, ['X', 'a'])],
    ['much white space around a value', get('X: \t a b \t \r\n'), request({}, ['X', 'a b'])],
    ['empty value', get('X:\r\nY: \r\n'), request({}, ['X', ''], ['Y', ''])],
    ['tab inside a value', get('X: a\tb\r\n'), request({}, ['X', 'a\tb'])],
    ['obs-text in a value', get('X: caf\xe9 \xc3\xa9\r\n'), request({}, ['X', 'caf\xe9 \xc3\xa9'])],
    ['colons in a value', get('X: a:b::c\r\n'), request({}, ['X', 'a:b::c'])],
    ['value that starts with a colon', get('X:: a\r\n'), request({}, ['X', ': a'])],
    ['repeated list field', get('Accept: a\r\naccept: b\r\n'), request({}, ['Accept', 'a'], ['accept', 'b'])],
    ['odd spelling is kept', get('aCCept: A\r\n'), request({}, ['aCCept', 'A'])],
    ['names of digits and dashes', get('1-2: a\r\n-: b\r\n'), request({}, ['1-2', 'a'], ['-', 'b'])],
    ['__proto__ has underscores, constructor has not', get('constructor: a\r\n'), request({}, ['constructor', 'a'])],
    ['bearer token of 8 KiB', get(`X: ${'a'.repeat(8192)}\r\n`), request({}, ['X', 'a'.repeat(8192)])],
    [
      'typical kubectl get',
      `GET /clusters/demo/api/v1/namespaces/default/pods?limit=500 HTTP/1.1\r\n${HOST}User-Agent: kubectl/v1.37.0 (linux/amd64) kubernetes/0a40c4e\r\nAccept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json\r\nAuthorization: Bearer abc.def.ghi\r\nKubectl-Command: kubectl get\r\nAccept-Encoding: gzip\r\n\r\n`,
      request(
        { target: '/clusters/demo/api/v1/namespaces/default/pods?limit=500' },
        ['User-Agent', 'kubectl/v1.37.0 (linux/amd64) kubernetes/0a40c4e'],
        ['Accept', 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'],
        ['Authorization', 'Bearer abc.def.ghi'],
        ['Kubectl-Command', 'kubectl get'],
        ['Accept-Encoding', 'gzip'],
      ),
    ],
  ]),
];

const HOSTS: RequestVector[] = [
  ...refused(400, 'HTTP_MISSING_HOST', [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['no Host among other fields', 'GET / HTTP/1.1\r\nX-Host: a\r\nForwarded: host=a\r\n\r\n'],
  ]),
  ...refused(400, 'HTTP_DUPLICATE_HOST', [
    ['Host twice, the same', get(HOST)],
    ['Host twice, different', get('Host: evil.example\r\n')],
    ['Host twice, other case', get('hOST: evil.example\r\n')],
    ['Host twice in HTTP/1.0', `GET / HTTP/1.0\r\n${HOST}${HOST}\r\n`],
  ]),
  ...refused(400, 'HTTP_INVALID_HOST', [
    ['obs-fold of Host', 'GET / HTTP/1.1\r\nHost:\r\n hub.example\r\n\r\n'],
    ['empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
    ['Host of white space', 'GET / HTTP/1.1\r\nHost:   \r\n\r\n'],
    ['Host list', 'GET / HTTP/1.1\r\nHost: a.example, b.example\r\n\r\n'],
    ['Host with a space', 'GET / HTTP/1.1\r\nHost: a.example b.example\r\n\r\n'],
    ['Host with userinfo', 'GET / HTTP/1.1\r\nHost: user@hub.example\r\n\r\n'],
    ['Host with a path', 'GET / HTTP/1.1\r\nHost: hub.example/api\r\n\r\n'],
    ['Host with a query', 'GET / HTTP/1.1\r\nHost: hub.example?a\r\n\r\n'],
    ['Host with a fragment', 'GET / HTTP/1.1\r\nHost: hub.example#a\r\n\r\n'],
    ['Host with a scheme', 'GET / HTTP/1.1\r\nHost: https://hub.example\r\n\r\n'],
    ['Host with a backslash', 'GET / HTTP/1.1\r\nHost: hub.example\\a\r\n\r\n'],
    ['Host with a non-numeric port', 'GET / HTTP/1.1\r\nHost: hub.example:https\r\n\r\n'],
    ['Host with two ports', 'GET / HTTP/1.1\r\nHost: hub.example:443:80\r\n\r\n'],
    ['Host with an empty port', 'GET / HTTP/1.1\r\nHost: hub.example:\r\n\r\n'],
    ['Host with an open bracket', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n'],
    ['Host outside ASCII', 'GET / HTTP/1.1\r\nHost: h\xfcb.example\r\n\r\n'],
    ['Host with a tab', 'GET / HTTP/1.1\r\nHost: hub\t.example\r\n\r\n'],
    ['Host with a percent sign', 'GET / HTTP/1.1\r\nHost: hub%00.example\r\n\r\n'],
  ]),
  ...accepted([
    ['Host with a port', 'GET / HTTP/1.1\r\nHost: a:8443\r\n\r\n', { ...request({}), headers: [['Host', 'a:8443']] }],
    ['Host IPv4', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', { ...request({}), headers: [['Host', '127.0.0.1']] }],
    ['Host IPv6', 'GET / HTTP/1.1\r\nhost: [::1]:1\r\n\r\n', { ...request({}), headers: [['host', '[::1]:1']] }],
    [
      'Host is the last field',
      `GET / HTTP/1.1\r\nX: a\r\n${HOST}\r\n`,
      { ...request({}), headers: [['X', 'a'], HOST_FIELD] },
    ],
  ]),
];

const LENGTHS: RequestVector[] = [
  ...refused(400, 'HTTP_DUPLICATE_CONTENT_LENGTH', [
    ['Content-Length twice, the same', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')],
    ['Content-Length twice, different', post('Content-Length: 5\r\nContent-Length: 0\r\n', 'hello')],
    ['Content-Length twice, other case', post('Content-Length: 5\r\ncontent-length: 6\r\n', 'hello')],
    ['Content-Length twice, apart', post('Content-Length: 0\r\nX: a\r\nContent-Length: 44\r\n', SMUGGLED)],
  ]),
  ...refused(400, 'HTTP_INVALID_CONTENT_LENGTH', [
    ['obs-fold of Content-Length', post('Content-Length:\r\n 5\r\n', 'hello')],
    ['Content-Length list, the same', post('Content-Length: 5, 5\r\n', 'hello')],
    ['Content-Length list, different', post('Content-Length: 5, 6\r\n', 'hello')],
    ['Content-Length list without space', post('Content-Length: 5,5\r\n', 'hello')],
    ['Content-Length with a plus', post('Content-Length: +5\r\n', 'hello')],
    ['Content-Length with a minus', post('Content-Length: -5\r\n', 'hello')],
    ['Content-Length minus zero', post('Content-Length: -0\r\n')],
    ['Content-Length with a space inside', post('Content-Length: 1 0\r\n', 'hello')],
    ['Content-Length in hexadecimal', post('Content-Length: 0x5\r\n', 'hello')],
    ['Content-Length hexadecimal letters', post('Content-Length: a\r\n', 'helloworld')],
    ['Content-Length with an exponent', post('Content-Length: 5e0\r\n', 'hello')],
    ['Content-Length with a point', post('Content-Length: 5.0\r\n', 'hello')],
    ['Content-Length with an underscore', post('Content-Length: 1_0\r\n', 'helloworld')],
    ['Content-Length empty', post('Content-Length:\r\n')],
    ['Content-Length white space', post('Content-Length:  \t\r\n')],
    ['Content-Length a word', post('Content-Length: five\r\n', 'hello')],
    ['Content-Length with a leading zero', post('Content-Length: 05\r\n', 'hello')],
    ['Content-Length octal', post('Content-Length: 0o5\r\n', 'hello')],
    ['Content-Length two zeros', post('Content-Length: 00\r\n')],
    ['Content-Length in quotes', post('Content-Length: "5"\r\n', 'hello')],
    ['Content-Length with a semicolon', post('Content-Length: 5;a\r\n', 'hello')],
    ['Content-Length with a no-break space', post('Content-Length: 5\xa0\r\n', 'hello')],
    ['Content-Length superscript digit', post('Content-Length: \xb2\r\n', 'he')],
    ['Content-Length Infinity', post('Content-Length: Infinity\r\n')],
  ]),
  ...refused(413, 'HTTP_CONTENT_LENGTH_TOO_LARGE', [
    ['Content-Length 2^53', post('Content-Length: 9007199254740992\r\n', 'hello')],
    ['Content-Length 2^64', post('Content-Length: 18446744073709551616\r\n', 'hello')],
    ['Content-Length 2^64 + 5', post('Content-Length: 18446744073709551621\r\n', 'hello')],
    ['Content-Length of 400 digits', post(`Content-Length: ${'9'.repeat(400)}\r\n`)],
  ]),
  ...refused(400, 'HTTP_CONTENT_LENGTH_AND_TRANSFER_ENCODING', [
    ['CL.TE', post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nG')],
    ['TE.CL', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `2d\r\n${SMUGGLED}\r\n0\r\n\r\n`)],
    ['CL 0 and TE', post('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    [
      'CL.TE with a smuggled request',
      post('Content-Length: 50\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ],
    ['CL.TE, close', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n', '0\r\n\r\n')],
    ['CL.TE on GET', get('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')],
    ['CL.TE on HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ]),
  ...accepted([
    [
      'Content-Length',
      post('Content-Length: 5\r\n', 'hello'),
      request({ method: 'POST', body: 'hello' }, ['Content-Length', '5']),
    ],
    ['Content-Length 0', post('Content-Length: 0\r\n'), request({ method: 'POST' }, ['Content-Length', '0'])],
    ['no framing means no body', post(''), request({ method: 'POST' })],
    ['GET with a body', `${get('Content-Length: 5\r\n')}hello`, request({ body: 'hello' }, ['Content-Length', '5'])],
    [
      'white space around Content-Length',
      post('Content-Length: \t5\t \r\n', 'hello'),
      request({ method: 'POST', body: 'hello' }, ['Content-Length', '5']),
    ],
    [
      'odd spelling of Content-Length',
      post('cOnTeNt-LeNgTh: 5\r\n', 'hello'),
      request({ method: 'POST', body: 'hello' }, ['cOnTeNt-LeNgTh', '5']),
    ],
    [
      'body of any bytes',
      post('Content-Length: 8\r\n', '\0\r\n\r\n\xff\n\r'),
      request({ method: 'POST', body: '\0\r\n\r\n\xff\n\r' }, ['Content-Length', '8']),
    ],
    [
      'a request as a body',
      post(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
      request({ method: 'POST', body: SMUGGLED }, ['Content-Length', String(SMUGGLED.length)]),
    ],
    [
      'body of 100,000 bytes',
      post('Content-Length: 100000\r\n', 'x'.repeat(100_000)),
      request({ method: 'POST', body: 'x'.repeat(100_000) }, ['Content-Length', '100000']),
    ],
  ]),
];

const TE_CHUNKED: [string, string] = ['Transfer-Encoding', 'chunked'];

const TRANSFER_CODINGS: RequestVector[] = [
  ...refused(400, 'HTTP_INVALID_TRANSFER_ENCODING', [
    ['obs-fold of Transfer-Encoding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n')],
    ['TE xchunked', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
    ['TE chunkedx', post('Transfer-Encoding: chunkedx\r\n', '0\r\n\r\n')],
    ['TE in capitals', post('Transfer-Encoding: CHUNKED\r\n', '0\r\n\r\n')],
    ['TE Chunked', post('Transfer-Encoding: Chunked\r\n', '0\r\n\r\n')],
    ['TE identity', post('Transfer-Encoding: identity\r\n', 'hello')],
    ['TE identity, chunked', post('Transfer-Encoding: identity, chunked\r\n', '0\r\n\r\n')],
    ['TE chunked, identity', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n')],
    ['TE gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
    ['TE chunked, gzip', post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n')],
    ['TE chunked, chunked', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n')],
    ['TE leading comma', post('Transfer-Encoding: ,chunked\r\n', '0\r\n\r\n')],
    ['TE trailing comma', post('Transfer-Encoding: chunked,\r\n', '0\r\n\r\n')],
    ['TE empty', post('Transfer-Encoding:\r\n', 'hello')],
    ['TE with a parameter', post('Transfer-Encoding: chunked;a=b\r\n', '0\r\n\r\n')],
    ['TE in quotes', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n')],
    ['TE with a space inside', post('Transfer-Encoding: chun ked\r\n', '0\r\n\r\n')],
    ['TE chunked and a word', post('Transfer-Encoding: chunked foo\r\n', '0\r\n\r\n')],
    ['TE cow', post('Transfer-Encoding: cow\r\n', 'hello')],
    ['TE with a no-break space', post('Transfer-Encoding: \xa0chunked\r\n', '0\r\n\r\n')],
    ['TE beside CL and not chunked', post('Content-Length: 5\r\nTransfer-Encoding: identity\r\n', 'hello')],
  ]),
  ...refused(501, 'HTTP_UNKNOWN_TRANSFER_CODING', [
    ['TE gzip', post('Transfer-Encoding: gzip\r\n', 'hello')],
    ['TE deflate', post('Transfer-Encoding: deflate\r\n', 'hello')],
  ]),
  ...refused(400, 'HTTP_DUPLICATE_TRANSFER_ENCODING', [
    ['TE twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['TE twice, the second another', post('Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n', '0\r\n\r\n')],
  ]),
  ...refused(400, 'HTTP_TRANSFER_ENCODING_IN_HTTP_1_0', [
    ['TE in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      'TE in HTTP/1.0, keep-alive',
      `POST / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ]),
  ...refused(400, 'HTTP_INVALID_CHUNK_SIZE', [
    ['chunk extension', chunked('5;a=b\r\nhello\r\n0\r\n\r\n')],
    ['chunk extension without a name', chunked('5;\r\nhello\r\n0\r\n\r\n')],
    ['chunk extension in quotes', chunked('5;a="b;c"\r\nhello\r\n0\r\n\r\n')],
    ['chunk extension on the last chunk', chunked('5\r\nhello\r\n0;a\r\n\r\n')],
    ['chunk extension with LF', chunked('5;a\nb\r\nhello\r\n0\r\n\r\n')],
    ['chunk extension with CR', chunked('5;a\rb\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with a leading space', chunked(' 5\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with a trailing space', chunked('5 \r\nhello\r\n0\r\n\r\n')],
    ['chunk size with a trailing tab', chunked('5\t\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with h', chunked('5h\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with a plus', chunked('+5\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with a minus', chunked('-5\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with an underscore', chunked('0_5\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with a point', chunked('5.0\r\nhello\r\n0\r\n\r\n')],
    ['chunk size empty', chunked('\r\nhello\r\n0\r\n\r\n')],
    ['chunk size a letter beyond f', chunked('g\r\nhello\r\n0\r\n\r\n')],
    ['chunk size of 17 digits', chunked('00000000000000005\r\nhello\r\n0\r\n\r\n')],
    ['chunk size 2^64 + 5', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n')],
    ['chunk size with a NUL', chunked('5\0\r\nhello\r\n0\r\n\r\n')],
    ['chunk size ended by bare LF', chunked('5\nhello\r\n0\r\n\r\n')],
    ['chunk size ended by bare CR', chunked('5\rhello\r\n0\r\n\r\n')],
    ['last chunk ended by bare LF', chunked('0\n\r\n')],
    ['CR CR LF after a chunk size', chunked('5\r\r\nhello\r\n0\r\n\r\n')],
    ['body without chunks', chunked('hello\r\n')],
    ['chunk shorter than its line', chunked('5\r\nhello\r\nX\r\n\r\n')],
  ]),
  ...refused(413, 'HTTP_CHUNK_TOO_LARGE', [
    ['chunk size 2^53', chunked('20000000000000\r\nhello')],
    ['chunk size 2^64 - 1', chunked('ffffffffffffffff\r\nhello')],
  ]),
  ...refused(400, 'HTTP_INVALID_CHUNK_END', [
    ['chunk longer than its size', chunked('3\r\nhello\r\n0\r\n\r\n')],
    ['no CRLF after chunk data', chunked('5\r\nhello0\r\n\r\n')],
    ['bare LF after chunk data', chunked('5\r\nhello\n0\r\n\r\n')],
    ['bare CR after chunk data', chunked('5\r\nhello\rX0\r\n\r\n')],
    ['CR CR LF after chunk data', chunked('5\r\nhello\r\r\n0\r\n\r\n')],
    ['two bytes of anything after chunk data', chunked('5\r\nhelloXX0\r\n\r\n')],
  ]),
  ...refused(400, 'HTTP_REFUSED_TRAILER', [
    ...(
      [
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
        'Host: evil.example',
        'Connection: close',
        'Upgrade: websocket',
        'Expect: 100-continue',
        'Trailer: X',
        'TE: trailers',
        'Authorization: Bearer x',
        'aUTHORIZATION: Bearer x',
        'Proxy-Authorization: Basic x',
        'Cookie: a=b',
        'Impersonate-User: system:admin',
        'impersonate-group: system:masters',
        'Impersonate-Extra-scopes: a',
        'X-Remote-User: admin',
        'X-Forwarded-For: 127.0.0.1',
        'Forwarded: for=127.0.0.1',
        'X-HTTP-Method-Override: DELETE',
        'X-Original-URL: /admin',
        'Audit-ID: 1',
        'Content-Type: text/html',
        'Content-Encoding: gzip',
        'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.eA',
      ] as const
    ).map((field): [string, string] => [`trailer ${field}`, chunked(`0\r\n${field}\r\n\r\n`)]),
  ]),
  ...refused(400, 'HTTP_INVALID_FIELD_NAME', [
    ['trailer with a space before the colon', chunked('0\r\nX : a\r\n\r\n')],
    ['trailer with an underscore', chunked('0\r\nImpersonate_User: a\r\n\r\n')],
    ['trailer with an empty name', chunked('0\r\n: a\r\n\r\n')],
  ]),
  ...refused(400, 'HTTP_FIELD_WITHOUT_COLON', [
    ['request line as a trailer', chunked(`0\r\n${SMUGGLED}`)],
    ['trailer without a colon', chunked('0\r\nX\r\n\r\n')],
  ]),
  ...refused(400, 'HTTP_OBS_FOLD', [['folded trailer', chunked('0\r\nX: a\r\n b\r\n\r\n')]]),
  ...refused(400, 'HTTP_BARE_LF', [
    ['trailer ended by bare LF', chunked('0\r\nX: a\n\r\n')],
    ['trailers ended by bare LF', chunked('0\r\n\n')],
  ]),
  ...refused(400, 'HTTP_BARE_CR', [['bare CR in a trailer', chunked('0\r\nX: a\rb\r\n\r\n')]]),
  ...refused(400, 'HTTP_INVALID_FIELD_VALUE', [['NUL in a trailer', chunked('0\r\nX: a\0\r\n\r\n')]]),
  ...refused(431, 'HTTP_TOO_MANY_FIELDS', [['33 trailers', chunked(`0\r\n${'X: a\r\n'.repeat(33)}\r\n`)]]),
  ...refused(431, 'HTTP_TRAILERS_TOO_LARGE', [
    ['trailer of 9,000 bytes', chunked(`0\r\nX: ${'a'.repeat(9000)}\r\n\r\n`)],
    ['trailer without an end', chunked(`0\r\n${'a'.repeat(9000)}`)],
  ]),
  ...accepted([
    ['chunked', chunked('5\r\nhello\r\n0\r\n\r\n'), request({ ...CHUNKED_POST, body: 'hello' }, TE_CHUNKED)],
    ['chunked and empty', chunked('0\r\n\r\n'), request(CHUNKED_POST, TE_CHUNKED)],
    [
      'chunks of many sizes',
      chunked('1\r\na\r\n2\r\nbc\r\nA\r\n0123456789\r\n0\r\n\r\n'),
      request({ ...CHUNKED_POST, body: 'abc0123456789' }, TE_CHUNKED),
    ],
    [
      'chunk size in capitals',
      chunked(`1A\r\n${'x'.repeat(26)}\r\n0\r\n\r\n`),
      request({ ...CHUNKED_POST, body: 'x'.repeat(26) }, TE_CHUNKED),
    ],
    [
      'chunk size with leading zeros',
      chunked('0005\r\nhello\r\n000\r\n\r\n'),
      request({ ...CHUNKED_POST, body: 'hello' }, TE_CHUNKED),
    ],
    [
      'chunk data of CR and LF',
      chunked('4\r\n\r\n\r\n\r\n0\r\n\r\n'),
      request({ ...CHUNKED_POST, body: '\r\n\r\n' }, TE_CHUNKED),
    ],
    [
      'chunk data that looks like a chunk',
      chunked('5\r\n0\r\n\r\n\r\n0\r\n\r\n'),
      request({ ...CHUNKED_POST, body: '0\r\n\r\n' }, TE_CHUNKED),
    ],
    [
      'chunk of 70,000 bytes',
      chunked(`11170\r\n${'y'.repeat(70_000)}\r\n0\r\n\r\n`),
      request({ ...CHUNKED_POST, body: 'y'.repeat(70_000) }, TE_CHUNKED),
    ],
    [
      'trailers',
      chunked('5\r\nhello\r\n0\r\nX-Checksum: a\r\nY:  b \r\n\r\n'),
      request(
        {
          ...CHUNKED_POST,
          body: 'hello',
          trailers: [
            ['X-Checksum', 'a'],
            ['Y', 'b'],
          ],
        },
        TE_CHUNKED,
      ),
    ],
    [
      'GET with a chunked body',
      `${get('Transfer-Encoding: chunked\r\n')}2\r\nhi\r\n0\r\n\r\n`,
      request({ body: 'hi' }, TE_CHUNKED),
    ],
    [
      'white space around chunked',
      post('Transfer-Encoding: \t chunked \r\n', '0\r\n\r\n'),
      request(CHUNKED_POST, TE_CHUNKED),
    ],
  ]),
];

const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

const CONNECTIONS: RequestVector[] = [
  ...refused(400, 'HTTP_INVALID_CONNECTION', [
    ['Connection names Impersonate-User', get('Connection: Impersonate-User\r\n')],
    ['Connection close and names', get('Connection: close, Impersonate-User, Authorization\r\n')],
    ['Connection names Authorization', get('Connection: keep-alive, Authorization\r\n')],
    ['Connection names X-Forwarded-For', get('Connection: x-forwarded-for\r\n')],
    ['Connection names Content-Length', post('Connection: content-length\r\nContent-Length: 5\r\n', 'hello')],
    ['Connection names TE', get('Connection: TE\r\nTE: trailers\r\n')],
    ['Connection close, keep-alive', get('Connection: close, keep-alive\r\n')],
    ['Connection close, upgrade', get('Connection: close, Upgrade\r\nUpgrade: websocket\r\n')],
    ['Connection twice the same word', get('Connection: close, close\r\n')],
    ['Connection without a space in the list', get('Connection: keep-alive,Upgrade\r\nUpgrade: websocket\r\n')],
    ['Connection empty', get('Connection:\r\n')],
    ['Connection with a comma', get('Connection: close,\r\n')],
    ['Connection with a leading comma', get('Connection: , close\r\n')],
    ['Connection with a parameter', get('Connection: keep-alive; a=b\r\n')],
    ['Connection clos', get('Connection: clos\r\n')],
    [
      'Connection h2c settings',
      get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
    ],
  ]),
  ...refused(400, 'HTTP_DUPLICATE_CONNECTION', [
    ['Connection twice', get('Connection: keep-alive\r\nConnection: close\r\n')],
    ['Connection twice, the same', get('Connection: close\r\nconnection: close\r\n')],
  ]),
  ...refused(400, 'HTTP_UPGRADE_REFUSED', [
    ['Upgrade h2c', get('Connection: Upgrade\r\nUpgrade: h2c\r\n')],
    ['Upgrade H2C', get('Connection: Upgrade\r\nUpgrade: H2C\r\n')],
    ['Upgrade h2', get('Connection: Upgrade\r\nUpgrade: h2\r\n')],
    ['Upgrade h2c without Connection', get('Upgrade: h2c\r\n')],
    ['Upgrade HTTP/2.0', get('Connection: Upgrade\r\nUpgrade: HTTP/2.0\r\n')],
    ['Upgrade TLS/1.2', get('Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n')],
  ]),
  ...refused(400, 'HTTP_INVALID_UPGRADE', [
    ['Upgrade list', get('Connection: Upgrade\r\nUpgrade: websocket, SPDY/3.1\r\n')],
    ['Upgrade list with h2c', get('Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n')],
    ['Upgrade empty', get('Connection: Upgrade\r\nUpgrade:\r\n')],
    ['Upgrade with a space', get('Connection: Upgrade\r\nUpgrade: web socket\r\n')],
    ['Upgrade with two slashes', get('Connection: Upgrade\r\nUpgrade: SPDY/3/1\r\n')],
    ['Upgrade with a dangling slash', get('Connection: Upgrade\r\nUpgrade: SPDY/\r\n')],
  ]),
  ...refused(400, 'HTTP_DUPLICATE_UPGRADE', [
    ['Upgrade twice', get('Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n')],
    ['Upgrade twice, different', get('Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n')],
  ]),
  ...refused(400, 'HTTP_UPGRADE_WITHOUT_CONNECTION', [
    ['Upgrade without Connection', get('Upgrade: websocket\r\n')],
    ['Upgrade with keep-alive', get('Connection: keep-alive\r\nUpgrade: websocket\r\n')],
    ['Upgrade with close', get('Connection: close\r\nUpgrade: websocket\r\n')],
    ['Upgrade in HTTP/1.0', `GET / HTTP/1.0\r\n${HOST}${WEBSOCKET}\r\n`],
  ]),
  ...refused(400, 'HTTP_UPGRADE_WITH_BODY', [
    ['Upgrade with Content-Length', post(`${WEBSOCKET}Content-Length: 5\r\n`, 'hello')],
    ['Upgrade with chunks', post(`${WEBSOCKET}Transfer-Encoding: chunked\r\n`, '0\r\n\r\n')],
  ]),
  ...refused(417, 'HTTP_UNKNOWN_EXPECTATION', [
    ['Expect something', post('Expect: 200-ok\r\nContent-Length: 5\r\n', 'hello')],
    ['Expect with a prefix', post('Expect: y 100-continue\r\nContent-Length: 5\r\n', 'hello')],
    ['Expect with a suffix', post('Expect: 100-continuee\r\nContent-Length: 5\r\n', 'hello')],
    ['Expect list', post('Expect: 100-continue, 100-continue\r\nContent-Length: 5\r\n', 'hello')],
    ['Expect empty', get('Expect:\r\n')],
    ['Expect with a parameter', get('Expect: 100-continue; a=b\r\n')],
  ]),
  ...refused(400, 'HTTP_DUPLICATE_EXPECT', [['Expect twice', get('Expect: 100-continue\r\nExpect: 100-continue\r\n')]]),
  ...refused(400, 'HTTP_DUPLICATE_AUTHORIZATION', [
    ['Authorization twice', get('Authorization: Bearer a\r\nAuthorization: Bearer b\r\n')],
    ['Authorization twice, other case', get('Authorization: Bearer a\r\nauthorization: Bearer a\r\n')],
  ]),
  ...refused(400, 'HTTP_DUPLICATE_CONTENT_TYPE', [
    ['Content-Type twice', post('Content-Type: application/json\r\nContent-Type: text/html\r\n')],
  ]),
  ...accepted([
    ['Connection close', get('Connection: close\r\n'), request({ keepAlive: false }, ['Connection', 'close'])],
    ['Connection Close', get('Connection: Close\r\n'), request({ keepAlive: false }, ['Connection', 'Close'])],
    ['Connection keep-alive', get('Connection: keep-alive\r\n'), request({}, ['Connection', 'keep-alive'])],
    [
      'Connection upgrade alone, as nginx adds it',
      get('Connection: upgrade\r\n'),
      request({}, ['Connection', 'upgrade']),
    ],
    ['HTTP/1.0', `GET / HTTP/1.0\r\n${HOST}\r\n`, request({ minor: 0, keepAlive: false })],
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', { ...request({ minor: 0, keepAlive: false }), headers: [] }],
    [
      'HTTP/1.0 keep-alive',
      `GET / HTTP/1.0\r\n${HOST}Connection: Keep-Alive\r\n\r\n`,
      request({ minor: 0 }, ['Connection', 'Keep-Alive']),
    ],
    [
      'HTTP/1.0 with a body',
      `POST / HTTP/1.0\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
      request({ method: 'POST', minor: 0, keepAlive: false, body: 'hello' }, ['Content-Length', '5']),
    ],
    [
      'Expect 100-continue',
      post('Expect: 100-continue\r\nContent-Length: 5\r\n', 'hello'),
      request(
        { method: 'POST', body: 'hello', expectContinue: true },
        ['Expect', '100-continue'],
        ['Content-Length', '5'],
      ),
    ],
    [
      'Expect 100-Continue, chunked',
      post('Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      request({ method: 'POST', expectContinue: true }, ['Expect', '100-Continue'], TE_CHUNKED),
    ],
    ['Expect without a body', get('Expect: 100-continue\r\n'), request({}, ['Expect', '100-continue'])],
    [
      'Expect in HTTP/1.0 is ignored',
      `POST / HTTP/1.0\r\n${HOST}Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx`,
      request(
        { method: 'POST', minor: 0, keepAlive: false, body: 'x' },
        ['Expect', '100-continue'],
        ['Content-Length', '1'],
      ),
    ],
    [
      'WebSocket upgrade',
      get(WEBSOCKET),
      request({ upgrade: 'websocket' }, ['Connection', 'Upgrade'], ['Upgrade', 'websocket']),
    ],
    [
      'WebSocket upgrade of Firefox',
      get('Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n'),
      request({ upgrade: 'websocket' }, ['Connection', 'keep-alive, Upgrade'], ['Upgrade', 'websocket']),
    ],
    [
      'WebSocket upgrade, upgrade first',
      get('Connection: Upgrade, keep-alive\r\nUpgrade: WebSocket\r\n'),
      request({ upgrade: 'websocket' }, ['Connection', 'Upgrade, keep-alive'], ['Upgrade', 'WebSocket']),
    ],
    [
      'SPDY upgrade of kubectl exec',
      post('Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n'),
      request(
        { method: 'POST', upgrade: 'spdy/3.1' },
        ['Connection', 'Upgrade'],
        ['Upgrade', 'SPDY/3.1'],
        ['Content-Length', '0'],
      ),
    ],
    [
      'Content-Type once',
      post('Content-Type: application/json\r\n'),
      request({ method: 'POST' }, ['Content-Type', 'application/json']),
    ],
  ]),
];

const PIPELINES: RequestVector[] = [
  ...accepted([
    ['two requests', get() + get('X: 2\r\n'), request({}), request({}, ['X', '2'])],
    [
      'request after a Content-Length body',
      post('Content-Length: 5\r\n', 'hello') + get(),
      request({ method: 'POST', body: 'hello' }, ['Content-Length', '5']),
      request({}),
    ],
    [
      'request after a chunked body',
      chunked('5\r\nhello\r\n0\r\n\r\n') + get(),
      request({ method: 'POST', body: 'hello' }, TE_CHUNKED),
      request({}),
    ],
    [
      'empty line between requests',
      `${post('Content-Length: 5\r\n', 'hello')}\r\n${get()}`,
      request({ method: 'POST', body: 'hello' }, ['Content-Length', '5']),
      request({}),
    ],
    ['empty line after the last request', `${get()}\r\n`, request({})],
    ['POST without framing, then a request', post('') + get(), request({ method: 'POST' }), request({})],
    ['ten requests', get().repeat(10), ...Array.from({ length: 10 }, () => request({}))],
    [
      'nothing after HTTP/1.0 is read',
      `GET / HTTP/1.0\r\n${HOST}\r\n${SMUGGLED}`,
      request({ minor: 0, keepAlive: false }),
    ],
    [
      'nothing after close is read',
      get('Connection: close\r\n') + SMUGGLED,
      request({ keepAlive: false }, ['Connection', 'close']),
    ],
    ['nothing at all', ''],
    ['one empty line', '\r\n'],
  ]),
  {
    name: 'body longer than Content-Length becomes a bad request',
    raw: post('Content-Length: 4\r\n', 'hello\r\n'),
    expect: {
      status: 400,
      code: 'HTTP_INVALID_REQUEST_LINE',
      before: [request({ method: 'POST', body: 'hell' }, ['Content-Length', '4'])],
    },
  },
  {
    name: 'second request is bad',
    raw: get() + get('Content-Length: x\r\n'),
    expect: { status: 400, code: 'HTTP_INVALID_CONTENT_LENGTH', before: [request({})] },
  },
  {
    name: 'two empty lines between requests',
    raw: `${get()}\r\n\r\n${get()}`,
    expect: { status: 400, code: 'HTTP_BLANK_LINES', before: [request({})] },
  },
  {
    name: 'body without framing is read as a request',
    raw: post('', 'a=b\r\n'),
    expect: { status: 400, code: 'HTTP_INVALID_REQUEST_LINE', before: [request({ method: 'POST' })] },
  },
];

const SIZES: RequestVector[] = [
  ...refused(414, 'HTTP_URI_TOO_LONG', [
    ['target of 16,385 bytes', line(`GET /${'a'.repeat(16_384)} HTTP/1.1`)],
    ['target of 60,000 bytes', line(`GET /${'a'.repeat(60_000)} HTTP/1.1`)],
    ['target without an end', `GET /${'a'.repeat(20_000)}`],
    ['request line of one word without an end', 'a'.repeat(20_000)],
  ]),
  ...refused(431, 'HTTP_HEAD_TOO_LARGE', [
    ['field of 65,536 bytes', get(`X: ${'a'.repeat(65_536)}\r\n`)],
    ['field name of 70,000 bytes', get(`${'a'.repeat(70_000)}: a\r\n`)],
    ['field without an end', `GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(70_000)}`],
    ['fields of 1,000 bytes, 70 of them', get(`X: ${'a'.repeat(1000)}\r\n`.repeat(70))],
  ]),
  ...refused(431, 'HTTP_TOO_MANY_FIELDS', [
    ['101 fields', get('X: a\r\n'.repeat(100))],
    ['10,000 fields', get('X:\r\n'.repeat(10_000))],
  ]),
  ...accepted([
    [
      'target of 16,384 bytes',
      line(`GET /${'a'.repeat(16_383)} HTTP/1.1`),
      request({ target: `/${'a'.repeat(16_383)}` }),
    ],
    [
      '100 fields',
      get('X: a\r\n'.repeat(99)),
      request({}, ...Array.from({ length: 99 }, (): [string, string] => ['X', 'a'])),
    ],
    ['head of 60,000 bytes', get(`X: ${'a'.repeat(60_000)}\r\n`), request({}, ['X', 'a'.repeat(60_000)])],
  ]),
];

const TRUNCATIONS: RequestVector[] = truncated([
  ['half a method', 'GE'],
  ['request line without its end', 'GET / HTTP/1.1'],
  ['request line', 'GET / HTTP/1.1\r\n'],
  ['request line and CR', 'GET / HTTP/1.1\r'],
  ['fields', `GET / HTTP/1.1\r\n${HOST}`],
  ['half an empty line', `GET / HTTP/1.1\r\n${HOST}\r`],
  ['TLS client hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['Content-Length body', post('Content-Length: 5\r\n', 'hell')],
  ['Content-Length body of nothing', post('Content-Length: 5\r\n')],
  ['chunk size', chunked('5')],
  ['chunk data', chunked('5\r\nhel')],
  ['chunk without CRLF', chunked('5\r\nhello')],
  ['chunks without the last', chunked('5\r\nhello\r\n')],
  ['last chunk without the empty line', chunked('5\r\nhello\r\n0\r\n')],
  ['trailers without the empty line', chunked('0\r\nX: a\r\n')],
]);

export const REQUEST_CORPUS: readonly RequestVector[] = [
  ...REQUEST_LINES,
  ...FIELD_LINES,
  ...HOSTS,
  ...LENGTHS,
  ...TRANSFER_CODINGS,
  ...CONNECTIONS,
  ...PIPELINES,
  ...SIZES,
  ...TRUNCATIONS,
];
