// What a client sent must not be able to act on the screen of whoever reads the log: no escape sequences, no text that runs backwards,
// nothing invisible, no surrogate that stands alone.

/** C0 and C1 controls, soft hyphen, zero-width and bidirectional marks, line separators, interlinear marks, language tags. */
const hidden =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}\u{e0000}-\u{e007f}]/gu;

/** The same text with every hidden character written out as `\uXXXX` (`\u{XXXXX}` beyond the basic plane). */
export function visibleText(text: string): string {
  return text.replace(hidden, (character) => {
    const code = (character.codePointAt(0) as number).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** At most `maxLength` characters, the end replaced by how many are left out; never cuts a surrogate pair. */
export function shortText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const end = isHighSurrogate(text.charCodeAt(maxLength - 1)) ? maxLength - 1 : maxLength;
  return `${text.slice(0, end)}…(+${text.length - end})`;
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
