// Which bytes may stand where (RFC 9110 section 5.6.2, RFC 9112 section 3, RFC 3986), as one table for all classes.

const TOKEN = 1;
const PLAIN_NAME = 2;
const TARGET = 4;

const CLASSES = new Uint8Array(256);
for (let code = 0x21; code <= 0x7e; code += 1) {
  const character = String.fromCharCode(code);
  if (/[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(character)) CLASSES[code]! |= TOKEN;
  if (/[0-9A-Za-z-]/.test(character)) CLASSES[code]! |= PLAIN_NAME;
  // `#` starts a fragment, which never travels; `\` is a slash to some URL parsers.
  if (character !== '#' && character !== '\\') CLASSES[code]! |= TARGET;
}

function consistsOf(text: string, mask: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0xff || (CLASSES[code]! & mask) === 0) return false;
  }
  return text.length > 0;
}

/** A token of RFC 9110: methods and, where `_` and `.` are let through, field names. */
export function isToken(text: string): boolean {
  return consistsOf(text, TOKEN);
}

/** `[A-Za-z0-9-]+`: the names that no gateway, CGI bridge or framework confuses with another one. */
export function isPlainName(text: string): boolean {
  return consistsOf(text, PLAIN_NAME);
}

/** Visible ASCII without `#` and `\`. */
export function isTargetText(text: string): boolean {
  return consistsOf(text, TARGET);
}

// One class, no repetition: nothing to backtrack.
const ILLEGAL_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Field value or reason phrase: no control byte but tab; bytes 0x80 to 0xFF pass as they are (obs-text). */
export function isFieldText(text: string): boolean {
  return !ILLEGAL_IN_VALUE.test(text);
}

const ILLEGAL_IN_LINES = /[^\t\n\r\x20-\x7e\x80-\xff]/;

/** Whether whole lines are free of control bytes, CR and LF aside: one look instead of one for each value. */
export function areCleanLines(text: string): boolean {
  return !ILLEGAL_IN_LINES.test(text);
}
