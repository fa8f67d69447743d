import type { RemoteEntry } from '../../entry.ts';
import { parseListedClock } from '../dates/listedClock.ts';
import { parseMonth, type TimeFacts, timeFacts } from '../dates/listingTime.ts';
import { fullYear } from '../dates/numericDate.ts';
import { parseListedSize } from '../listedSize.ts';
import type { ListingContext, ListingLine } from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// Name, ending, size, the three words of a date, time, weekday or more.
const mostWords = 9;

/**
 * Listings that begin with the name: `dir` of MS-DOS ("COMMAND  COM     54645 05-31-94   6:22a"),
 * and the servers for Windows 3 SuperTCP ("DESIGN1.DOC   11264   05-11-95   14:20") and NEWT
 * ("DESIGN1.DOC   11264   May 11 1995   14:20").
 */
export function parseDosDirLine(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, mostWords);
  const at = words.findIndex((word, index) => index > 0 && sizeOf(word) !== undefined);
  if (at < 1 || at > 2 || words[0]?.start !== 0) return undefined;
  const size = words[at] && sizeOf(words[at]);
  const dated = dateAndTime(words, at + 1, context);
  const name = nameOf(line, words.slice(0, at), dated);
  if (size === undefined || !dated || name === undefined) return undefined;
  const type: RemoteEntry['type'] = size === 'directory' ? 'directory' : 'file';
  const bytes = size === 'directory' ? undefined : size.bytes;
  return { name, type, size: bytes, ...dated.time };
}

function sizeOf({ text }: Word): 'directory' | { readonly bytes: number | undefined } | undefined {
  if (text.toUpperCase() === '<DIR>') return 'directory';
  return /^\d[\d.,]*$/.test(text) ? parseListedSize(text) : undefined;
}

// Windows 95 writes the long name last.
function nameOf(
  line: string,
  words: readonly Word[],
  dated: DateAndTime | undefined,
): string | undefined {
  const [name, ending] = words.map(({ text }) => text);
  if (name === undefined || !dated) return undefined;
  const long = line.slice(dated.end).trim();
  // NEWT writes the attributes last.
  const isName = long !== '' && (dated.isDos || !/^[ADHRS]{1,5}$/.test(long));
  if (isName) return dated.isDos ? long : undefined;
  if (ending === undefined) return name;
  const isShort = dated.isDos && name.length <= 8 && ending.length <= 3 && !name.includes('.');
  return isShort ? `${name}.${ending}` : undefined;
}

interface DateAndTime {
  readonly time: TimeFacts;
  readonly end: number;
  /** The time has an "a" or "p", as only `dir` itself writes it. */
  readonly isDos: boolean;
}

function dateAndTime(
  words: readonly Word[],
  at: number,
  context: ListingContext,
): DateAndTime | undefined {
  const [first, second, third, fourth] = words.slice(at, at + 4);
  const date = /^(\d{1,2})-(\d{1,2})-(\d\d|\d{4})$/.exec(first?.text ?? '');
  const [, month, day, year = ''] = date ?? [];
  if (date) {
    return onDay([fullYear(year), Number(month) - 1, Number(day)], second, context);
  }
  const name = parseMonth(first?.text ?? '');
  const isNamed = /^\d{1,2}$/.test(second?.text ?? '') && /^\d{4}$/.test(third?.text ?? '');
  if (name === undefined || !isNamed) return undefined;
  return onDay([Number(third?.text), name, Number(second?.text)], fourth, context);
}

function onDay(
  date: readonly [number, number, number],
  word: Word | undefined,
  context: ListingContext,
): DateAndTime | undefined {
  const clock = word && parseListedClock(word.text);
  if (!clock) return undefined;
  const time = timeFacts([...date, clock.hour, clock.minute], 'minute', context);
  return { time, end: word.end, isDos: /[ap]$/i.test(word.text) };
}
