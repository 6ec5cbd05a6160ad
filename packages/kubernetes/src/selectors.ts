/**
 * As much of Kubernetes' selector grammars as decides about a request's attributes: whether a label selector is valid, and which value a
 * field selector requires. Follows k8s.io/apimachinery pkg/fields/selector.go and pkg/labels/selector.go.
 */

export interface FieldRequirement {
  readonly isValid: boolean;
  /** what the selector requires the field to equal; undefined when it requires nothing */
  readonly value: string | undefined;
}

/** Which value `selector` requires `field` to have. The API server sorts the terms by their bytes and takes the first that names the field. */
export function requiredFieldValue(selector: string, field: string): FieldRequirement {
  let firstTerm: string | undefined;
  let value: string | undefined;
  for (const term of splitTerms(selector)) {
    if (term === '') continue;
    const operator = /!=|==?/.exec(term);
    const operand = operator === null ? undefined : unescapeValue(term.slice(operator.index + operator[0].length));
    if (operator === null || operand === undefined) return { isValid: false, value: undefined };
    if (operator[0] === '!=' || term.slice(0, operator.index) !== field) continue;
    if (firstTerm === undefined || Buffer.compare(Buffer.from(term), Buffer.from(firstTerm)) < 0) {
      firstTerm = term;
      value = operand;
    }
  }
  return { isValid: true, value };
}

/** Splits at commas that no backslash precedes. */
function splitTerms(selector: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < selector.length; i++) {
    if (selector[i] === '\\') i++;
    else if (selector[i] === ',') {
      terms.push(selector.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(selector.slice(start));
  return terms;
}

/** A backslash escapes only `\`, `,` and `=`, and those stand nowhere unescaped; undefined when that is broken. */
function unescapeValue(text: string): string | undefined {
  return /^(?:[^\\,=]|\\[\\,=])*$/.test(text) ? text.replace(/\\(.)/g, '$1') : undefined;
}

type Token = { kind: 'identifier' | 'symbol' | 'error' | 'end'; text: string };

/** Whether labels.Parse accepts the selector. */
export function isLabelSelector(selector: string): boolean {
  const tokens = tokenize(selector);
  let position = 0;
  const next = () => tokens[position++] ?? end;
  const isNext = (...texts: string[]) => {
    const token = tokens[position] ?? end;
    return token.kind === 'end' ? texts.includes('') : token.kind === 'symbol' && texts.includes(token.text);
  };
  const isIdentifierNext = () => tokens[position]?.kind === 'identifier';

  /** `(` a comma-separated list of possibly empty values `)` */
  const areValues = (): boolean => {
    if (!isNext('(')) return false;
    next();
    if (isNext(')')) {
      next();
      return true;
    }
    for (;;) {
      if (isIdentifierNext()) {
        if (!labelValue.test(next().text)) return false;
      } else if (!isNext(',')) return false;
      if (isNext(')')) break;
      if (!isNext(',')) return false;
      next();
      if (isNext(')')) break;
    }
    next();
    return true;
  };

  const isRequirement = (): boolean => {
    const isNegated = isNext('!');
    if (isNegated) next();
    if (!isIdentifierNext() || !isLabelKey(next().text)) return false;
    if (isNegated || isNext('', ',')) return true;
    const operator = next();
    if (operator.kind === 'identifier') return (operator.text === 'in' || operator.text === 'notin') && areValues();
    if (operator.kind !== 'symbol' || !['=', '==', '!=', '>', '<'].includes(operator.text)) return false;
    const isOrder = operator.text === '>' || operator.text === '<';
    if (isNext('', ',')) return !isOrder;
    if (!isIdentifierNext()) return false;
    const value = next().text;
    return labelValue.test(value) && (!isOrder || isInt64(value));
  };

  if (isNext('')) return true;
  for (;;) {
    if (!isRequirement()) return false;
    if (isNext('')) return true;
    if (!isNext(',')) return false;
    next();
  }
}

const end: Token = { kind: 'end', text: '' };
const symbols = new Set(['=', '!', '(', ')', ',', '>', '<']);
const operators = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);

/** As the API server's lexer, which takes a NUL for the end of a token, or for the end of all where a token would begin. */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  for (;;) {
    while (i < text.length && ' \t\r\n'.includes(text[i] as string)) i++;
    if (i >= text.length || text[i] === '\0') return tokens;
    const start = i;
    if (symbols.has(text[i] as string)) {
      let length = 0;
      while (
        symbols.has(text[start + length] ?? '') &&
        (length === 0 || operators.has(text.slice(start, start + length + 1)))
      )
        length++;
      tokens.push({ kind: 'symbol', text: text.slice(start, start + length) });
      i = start + length;
      if (text[i] === '\0') i++;
    } else {
      while (i < text.length && !symbols.has(text[i] as string) && !' \t\r\n\0'.includes(text[i] as string)) i++;
      tokens.push({ kind: 'identifier', text: text.slice(start, i) });
      if (text[i] === '\0') i++;
    }
  }
}

const labelName = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function isLabelKey(key: string): boolean {
  const [first, second, third] = key.split('/', 3);
  if (third !== undefined) return false;
  if (second === undefined) return labelName.test(first ?? '');
  return labelName.test(second) && first !== undefined && first.length <= 253 && dnsSubdomain.test(first);
}

/** What strconv.ParseInt(text, 10, 64) accepts. */
export function isInt64(text: string): boolean {
  if (!/^[+-]?[0-9]+$/.test(text)) return false;
  const value = BigInt(text.replace('+', ''));
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}
