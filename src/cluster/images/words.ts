/**
 * Splits a command line into words as a POSIX shell does, without expanding anything: blanks separate, `'…'` is literal, in
 * `"…"` a backslash escapes `"`, `\`, `$` and a backquote, elsewhere any character. What is wrong comes as one line.
 */
export function splitWords(line: string): string[] | { problem: string } {
  const words: string[] = [];
  // Undefined between words: '' is a word too.
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) return { problem: "has a ' that is never closed" };
      word = (word ?? '') + line.slice(at + 1, end);
      at = end;
    } else if (character === '"') {
      const quoted = /^"((?:[^"\\]|\\[^])*)"/.exec(line.slice(at));
      if (!quoted) return { problem: 'has a " that is never closed' };
      word = (word ?? '') + (quoted[1] ?? '').replace(/\\(["\\$`])/g, '$1');
      at += quoted[0].length - 1;
    } else if (character === '\\') {
      at++;
      if (at === line.length) return { problem: 'ends with a backslash' };
      word = (word ?? '') + line.charAt(at);
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
