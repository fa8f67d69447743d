import { parseSize } from '../../entry.ts';
import { dated, parseClock, parseNamedDay } from '../dates/hostDates.ts';
import {
  lineGrammar,
  type ListingContext,
  type ListingGrammar,
  type ListingLine,
} from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// File         Code             EOF  Last Modification    Owner  RWEP
// ALV           101             2522 27-Aug-02 13:57:10 155,106 "nnnn"
//
// A subvolume is flat: it has files and no folders. An "O" after the name marks an open file.

/** The listings of HP NonStop, in its Guardian files. */
export const nonstopGrammar: ListingGrammar = lineGrammar('nonstop', parseNonstopLine);

// The name, the mark, the code, EOF, date, time, an owner of two words and the protection.
const maxWords = 10;

// A text of the editor is stored in pages and sent line by line.
const editedText = '101';

function parseNonstopLine(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, maxWords);
  if (isHeader(words)) return 'skip';
  const [name, ...others] = words.map(({ text }) => text);
  if (name === undefined || !/^[\w-]{1,32}$/.test(name)) return undefined;
  const [code, eof, date, time, ...rest] = /^[O?]$/.test(others[0] ?? '')
    ? others.slice(1)
    : others;
  const size = parseSize(eof);
  const times = dated(parseNamedDay(date), parseClock(time), context);
  const isFile = /^\d{1,5}[A-Z+]{0,2}$/.test(code ?? '') && size !== undefined;
  if (!times || !isFile || !isSecured(rest.join(' '))) return undefined;
  const isStored = code?.startsWith(editedText) === true && size > 0;
  return { name, type: 'file', size, ...(isStored && { sizeOf: 'storage' }), ...times };
}

// 155,106 "nunu" or 110, 12 "nnnn"
function isSecured(text: string): boolean {
  return /^\d{1,3}, ?\d{1,3} (?:"[A-Za-z-]{4}"|\*{4})$/.test(text);
}

function isHeader(words: readonly Word[]): boolean {
  const text = words.map((word) => word.text.toUpperCase()).join(' ');
  return /^(?:FILE )?CODE EOF LAST MODIFICATION OWNER RWEP$/.test(text);
}
