import { sizeFacts } from '../listedSize.ts';
import type { ListingContext, ListingLine } from '../listingLine.ts';
import { wordsOf } from '../words.ts';
import { isTotal, nameAfter, sizeAndDate } from './unixColumns.ts';

// The kind, the rights, links, an owner of a few words, a size and a date.
const words = 16;

/**
 * NetWare: "d [R----F--] supervisor 512 Jan 16 18:53 login". The rights are of NetWare's own kind:
 * who has them, the line does not tell.
 */
export function parseNetWareLine(line: string, context: ListingContext): ListingLine {
  const columns = wordsOf(line, words);
  const first = rightsEnd(columns.map(({ text }) => text));
  if (first === undefined) return isTotal(columns) ? 'skip' : undefined;
  const found = sizeAndDate(columns, first, context);
  if (!found) return undefined;
  const { modified, precision } = found.date;
  // The name stands in a column of its own, so blanks before it are the format's.
  const name = nameAfter(line, found.date).trimStart();
  const type = line.trimStart().startsWith('d') ? 'directory' : 'file';
  return { name, type, ...sizeFacts(found.size), modified, precision };
}

// "d [R----F--]", or without a blank; HellSoft's server writes seven rights.
function rightsEnd([kind = '', rights = '']: readonly string[]): number | undefined {
  if (/^[-d]\[[-A-Z]{7,8}\]$/.test(kind)) return 1;
  return /^[-d]$/.test(kind) && /^\[[-A-Z]{7,8}\]$/.test(rights) ? 2 : undefined;
}
