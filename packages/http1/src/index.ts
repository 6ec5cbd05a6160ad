export {
  encodeChunk,
  encodeLastChunk,
  encodeRequestHead,
  encodeResponseHead,
  HttpEncodeError,
  LAST_CHUNK,
} from './encode.ts';
export {
  DEFAULT_LIMITS,
  type HeaderList,
  type HttpErrorStatus,
  type HttpLimits,
  HttpParseError,
  type RequestHandlers,
  type RequestHead,
  type ResponseHandlers,
  type ResponseHead,
} from './message.ts';
export { RequestParser, type RequestParserOptions } from './request-parser.ts';
export { ResponseParser } from './response-parser.ts';
