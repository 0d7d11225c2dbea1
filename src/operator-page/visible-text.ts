/**
 * What others wrote (names of users, reasons, messages), so that it cannot pass for anything else where people read it: characters that
 * nobody sees, that turn the direction of writing or that a terminal obeys are spelled out (`\u{202e}`), whatever is too long is cut.
 */

/** Controls, formats (bidi, zero width, tags), halves of surrogate pairs, line and paragraph separators, private use. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}]/gu;

/** The same text with what is unseen spelled out, however long it is. */
export function spellOutUnseen(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** @param maxLength in characters as JavaScript counts them, the ellipsis not among them */
export function visibleText(text: string, maxLength = 256): string {
  const kept = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return spellOutUnseen(kept);
}
