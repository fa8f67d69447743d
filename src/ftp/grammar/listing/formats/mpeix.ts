import { parseSize, type RemoteEntry } from '../../entry.ts';
import { undated } from '../dates/hostDates.ts';
import { lineGrammar, type ListingGrammar, type ListingLine } from '../listingLine.ts';
import { wordsOf } from '../words.ts';

// PATH= /FTPGUEST/PUB/
//
//  CODE  ------------LOGICAL RECORD-----------  ----SPACE----  FILENAME
//          SIZE  TYP        EOF      LIMIT R/B  SECTORS #X MX
//            1B  BA         605 2147483647   1       16  1  *  .sh_history
//           16W  HBD          0   67107839   1       32  1  *  dist/
//
// or, of a group, with the name first:
//
// ACCOUNT=  SYS         GROUP=  WORK
// FILENAME  CODE  ------------LOGICAL RECORD-----------  ----SPACE----
// DB000     PRIV    128W  FB           6          6   1       16  1  1

/** The listings of MPE/iX, which tell no dates. */
export const mpeixGrammar: ListingGrammar = lineGrammar('mpeix', parseMpeixLine);

// The name, the code, and eight columns between them.
const maxWords = 11;

function parseMpeixLine(line: string): ListingLine {
  if (isHeader(line)) return 'skip';
  const words = wordsOf(line, maxWords).map(({ text }) => text);
  const at = words.findIndex((text) => /^\d{1,6}[BW]$/.test(text));
  const [record = '', kind = '', end = '', ...others] = words.slice(at, at + 8);
  const [before, after] = [words.slice(0, at), words.slice(at + 8)];
  if (at < 0 || !/^[BDFHMSUV][A-Z]{0,4}$/.test(kind) || !others.every(isCount)) return undefined;
  const [name] = after.length > 0 ? after : before;
  // A code stands before the record's size, and a name on one side only.
  const isWhole = after.length === 1 ? before.length <= 1 : after.length === 0 && before.length > 0;
  if (name === undefined || !isWhole || before.length > 2 || !isCount(end)) return undefined;
  if (words.length < at + 8) return undefined;
  if (name.endsWith('/')) {
    return { name: name.slice(0, -1), type: 'directory', size: undefined, ...undated };
  }
  return { name, type: 'file', ...sizeOf(record, kind, end), ...undated };
}

// A stream ends at so many bytes, and a file of fixed records at so many of them; a word is two bytes.
function sizeOf(record: string, kind: string, end: string): Pick<RemoteEntry, 'size'> {
  if (!/^[BF]/.test(kind)) return { size: undefined };
  const bytes = Number.parseInt(record, 10) * (record.endsWith('W') ? 2 : 1);
  return { size: parseSize(String(bytes * Number(end))) };
}

function isCount(text: string): boolean {
  return /^(?:\d{1,12}|\*)$/.test(text);
}

function isHeader(line: string): boolean {
  return (
    /^ *(?:PATH=|ACCOUNT ?=) +\S{1,255}(?: +GROUP ?= +\S{1,255})? *$/.test(line) ||
    /^ *(?:FILENAME +)?CODE +-{4,20}LOGICAL RECORD-{4,20} +-{2,8}SPACE-{2,8}(?: +FILENAME)? *$/.test(
      line,
    ) ||
    /^ *SIZE +TYP +EOF +LIMIT +R\/B +SECTORS +#X +MX *$/.test(line)
  );
}
