/** A word of a line, and where it stands. */
export interface Word {
  readonly text: string;
  readonly start: number;
  /** Where the blank after it stands. */
  readonly end: number;
}

const [space, tab] = [0x20, 0x09];

/** The first words of a line, between blanks and tabs: one pass, whatever the line is made of. */
export function wordsOf(line: string, most: number): Word[] {
  const words: Word[] = [];
  let start = 0;
  for (let at = 0; at <= line.length && words.length < most; at++) {
    const code = at < line.length ? line.charCodeAt(at) : space;
    if (code !== space && code !== tab) continue;
    if (at > start) words.push({ text: line.slice(start, at), start, end: at });
    start = at + 1;
  }
  return words;
}

/** The number that two digits make; -1 where they are none. */
export function digitsAt(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
