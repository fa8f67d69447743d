import { parseListedDate, type ListedDate } from '../dates/listedDate.ts';
import { type ListedSize, parseListedSize } from '../listedSize.ts';
import type { ListingContext } from '../listingLine.ts';
import type { Word } from '../words.ts';

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
