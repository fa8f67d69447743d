import type { EntryType } from '../../entry.ts';
import { type ListedDate, parseListedDate } from '../dates/listedDate.ts';
import { type ListedSize, parseListedSize } from '../listedSize.ts';
import type { ListingContext } from '../listingLine.ts';
import type { Word } from '../words.ts';

// The columns of `ls -l`, and of what is like it.

/** The columns on which every listing in the manner of `ls -l` agrees: a size, then a date. */
export interface SizeAndDate {
  readonly size: ListedSize;
  /** The word that is the size. */
  readonly at: number;
  readonly date: ListedDate;
}

/** What reads a date that begins with the word `at`. */
export type DateParser = (
  words: readonly Word[],
  at: number,
  context: ListingContext,
) => ListedDate | undefined;

/**
 * The first size that a date follows, from the word `first` on: owners and groups of any number of
 * words stand before it, and whatever a name is made of after it.
 */
export function sizeAndDate(
  words: readonly Word[],
  first: number,
  context: ListingContext,
  parseSize: (text: string) => ListedSize | undefined = parseListedSize,
  parseDate: DateParser = parseListedDate,
): SizeAndDate | undefined {
  const sizeAt = (at: number): SizeAndDate | undefined => {
    const text = words[at]?.text ?? '';
    const size = startsWithDigit(text) || text.startsWith('-') ? parseSize(text) : undefined;
    const date = size && parseDate(words, at + 1, context);
    return date && { size, at, date };
  };
  // Links, owner and group stand before nearly every size.
  const usual = sizeAt(first + 3);
  if (usual) return usual;
  for (let at = first; at + 1 < words.length; at++) {
    const found = sizeAt(at);
    if (found) return found;
  }
  return undefined;
}

/** The date that follows a word with digits at its end: a size grown together with the group. */
export function gluedSizeAndDate(
  words: readonly Word[],
  first: number,
  context: ListingContext,
): SizeAndDate | undefined {
  for (let at = first; at + 1 < words.length; at++) {
    const text = words[at]?.text ?? '';
    if (!/^[\p{Letter}_]/u.test(text) || !startsWithDigit(text.slice(-1))) continue;
    const date = parseListedDate(words, at + 1, context);
    // Where the group ends and the size begins cannot be told.
    if (date) return { size: { bytes: undefined }, at, date };
  }
  return undefined;
}

function startsWithDigit(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= 0x30 && code <= 0x39;
}

/** The name after a date: one blank belongs to the format, all others to the name. */
export function nameAfter(line: string, date: ListedDate): string {
  const rest = line.slice(date.end + 1);
  return date.isPadded ? rest.replace(/^[ \t]+/, '') : rest;
}

// "total 48", "insgesamt 4,0K", "합계 0", "合計 4": the blocks of all files together.
const totals = new Set(
  (
    'total totale totaal totalt toplam razem celkem spolu skupaj yhteensä kokku összesen gesamt ' +
    'insgesamt summa sammanlagt totais σύνολο итого всего усього всього общо 合計 合计 总用量 總計 ' +
    '总计 総計 합계 jumlah tổng 總用量 totalsize'
  ).split(' '),
);

/** The line above the entries that counts their blocks, in any language. */
export function isTotal(words: readonly Word[]): boolean {
  const [word, count] = words;
  if (!word || !count || words.length > 2) return false;
  if (!/^-?\d{1,20}(?:[.,]\d{1,3})?[KMGTPE]?B?$/i.test(count.text)) return false;
  return totals.has(word.text.toLowerCase().replace(/:$/, ''));
}

/** What the first column of `ls -l` says. */
export interface UnixMode {
  readonly type: EntryType;
  /** b or c: two numbers stand where other files have their size. */
  readonly isDevice: boolean;
  /** Four octal digits; `undefined` where `ls` could not look. */
  readonly mode: string | undefined;
  /** Digits that stand glued to it: "drwxr-x---+1464". */
  readonly links: string;
}

// A letter for the kind, three times three for the bits, and a mark: "+" of ACLs, "." of SELinux and
// "@" of macOS. Doors and ports of Solaris, sockets, pipes and what else no FTP server sends are
// "other"; contiguous files (C), those of an archive (m, M) and f are files; e is an external link of z/OS.
const modeBits =
  /^([-dlbcpsefDCPLMmnNw])(?:([-r][-w][-xsS][-r][-w][-xsSlL][-r][-w][-xtT])|\?{9})[-+.@*]?(\d{0,5})$/;

const typesByLetter: Readonly<Record<string, EntryType>> = {
  '-': 'file',
  f: 'file',
  C: 'file',
  m: 'file',
  M: 'file',
  d: 'directory',
  l: 'symlink',
  e: 'symlink',
};

// Some small devices have two times three letters: whose they are is not known.
const fewerBits = /^([-dl])(?:[-r][-w][-xsS]){2}$/;

// Nine letters that a server has cut, or has others among: what it is is told, its bits are not.
const strangeBits = /^[-dl][-rR][-wW][-A-Za-z*?]{4,8}$/;

// The bits, a mark and a count of links that has no blank before it.
const longestMode = 16;

/** Reads the first column; `undefined` when it is none. */
export function parseUnixMode(text: string): UnixMode | undefined {
  if (text.length < 7 || text.length > longestMode) return undefined;
  const match = modeBits.exec(text) ?? fewerBits.exec(text) ?? strange(text);
  if (!match) return undefined;
  const [, letter = '', letters, links = ''] = match;
  return {
    type: typesByLetter[letter] ?? 'other',
    isDevice: letter === 'b' || letter === 'c',
    mode: letters && octal(letters),
    links,
  };
}

function strange(text: string): readonly string[] | undefined {
  return strangeBits.test(text) ? [text, text.charAt(0)] : undefined;
}

/** The nine letters from a place on, rwxr-sr-t, as four octal digits. */
export function octal(line: string, start = 0): string {
  let special = 0;
  let digits = '';
  for (let at = 0; at < 9; at += 3) {
    const last = line.charAt(start + at + 2);
    if (last !== '-' && last !== 'x' && 'sStTlL'.includes(last)) special |= 4 >> (at / 3);
    const bits =
      (line[start + at] === '-' ? 0 : 4) +
      (line[start + at + 1] === '-' ? 0 : 2) +
      (last === '-' || 'STlL'.includes(last) ? 0 : 1);
    digits += bits;
  }
  return `${special}${digits}`;
}
