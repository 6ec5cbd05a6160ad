import type { AuditEvent } from './event.ts';
import type { UnnumberedEvent } from './index.ts';
import { shortText, visibleText } from './visible-text.ts';

/**
 * JSON text that needs the slow path: an escape other than `\"` and `\\` (controls, lone surrogates), or a character that visibleText()
 * writes out. Looking at the finished text once is what makes this cheap: nearly no event needs more. May say yes for nothing (a backslash
 * before a letter), never no.
 * \udb40 stands for the tags of plane 14.
 */
const suspicious =
  /\\[^"\\]|[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\udb40]/;

/** An event above this is shortened, so that it stays well below 65,535 bytes in UTF-8 (the largest leaf of a C2SP tlog-tiles log). */
const maxLineLength = 16_384;

/** From generous to certain: with the second every event of this shape fits. */
const bounds = [
  { textLength: 1_024, listLength: 100 },
  { textLength: 128, listLength: 24 },
] as const;

/** The event as one line of JSON, numbered, all text visible, bounded. */
export function eventLine(
  event: UnnumberedEvent,
  component: AuditEvent['producer']['component'],
  instance: string,
  seq: number,
): string {
  const head = `{"v":1,"producer":{"component":"${component}","instance":"${instance}","seq":${seq}},`;
  let body = JSON.stringify(event);
  if (suspicious.test(body))
    body = JSON.stringify(event, (_key, value) => (typeof value === 'string' ? visibleText(value) : value));
  const whole = body;
  for (const bound of bounds) {
    if (body.length <= maxLineLength) break;
    body = JSON.stringify(JSON.parse(whole), (_key, value) => shorten(value, bound));
  }
  return head + body.slice(1);
}

function shorten(value: unknown, { textLength, listLength }: (typeof bounds)[number]): unknown {
  if (typeof value === 'string') return shortText(value, textLength);
  if (!Array.isArray(value) || value.length <= listLength) return value;
  return [...value.slice(0, listLength), `…(+${value.length - listLength})`];
}
