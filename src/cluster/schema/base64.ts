/** Base64 as Go's encoding/base64 reads it: line breaks anywhere, and what is left over in the last digit does not matter. Pure. */

const DIGIT = /[A-Za-z0-9+/]/;
const PAD = '=';
const isBreak = (char: string | undefined): boolean => char === '\n' || char === '\r';

/** Where a text is no base64, as the offset that Go tells; undefined where it is. */
function corruptAt(text: string): number | undefined {
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (isBreak(char)) continue;
    if (DIGIT.test(char)) {
      digits = (digits + 1) % 4;
      continue;
    }
    if (char !== PAD || digits < 2) return at;
    at++;
    if (digits === 2) {
      while (isBreak(text[at])) at++;
      if (at === text.length) return at;
      if (text[at] !== PAD) return at - 1;
      at++;
    }
    while (isBreak(text[at])) at++;
    return at < text.length ? at : undefined;
  }
  return digits === 0 ? undefined : text.length - digits;
}

/** What Go says of a text that is no base64; undefined for one that is. Only ASCII counts bytes as characters. */
export function base64Problem(text: string): string | undefined {
  const at = corruptAt(text);
  return at === undefined ? undefined : `illegal base64 data at input byte ${Buffer.byteLength(text.slice(0, at))}`;
}

/** The same bytes as Go writes them. */
export const canonicalBase64 = (text: string): string => Buffer.from(text, 'base64').toString('base64');
