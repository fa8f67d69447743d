import { parseSize, type RemoteEntry } from '../../entry.ts';
import { parseDay } from '../dates/dateOrder.ts';
import { dated, parseClock, parseNamedDay, undated } from '../dates/hostDates.ts';
import {
  lineGrammar,
  type ListingContext,
  type ListingGrammar,
  type ListingLine,
  type Reading,
} from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// The minicomputers whose listings are those of no other family: HP NonStop, Stratus VOS and MPE/iX.

// File         Code             EOF  Last Modification    Owner  RWEP
// ALV           101             2522 27-Aug-02 13:57:10 155,106 "nnnn"
//
// A subvolume is flat: it has files and no folders. An "O" after the name marks an open file.

/** The listings of HP NonStop, in its Guardian files. */
export const nonstopGrammar: ListingGrammar = lineGrammar('nonstop', parseNonstopLine);

// The name, the mark, the code, EOF, date, time, an owner of two words and the protection.
const mostNonstopWords = 10;

// A text of the editor is stored in pages and sent line by line.
const editedText = '101';

function parseNonstopLine(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, mostNonstopWords);
  if (isNonstopHeader(words)) return 'skip';
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

function isNonstopHeader(words: readonly Word[]): boolean {
  const text = words.map((word) => word.text.toUpperCase()).join(' ');
  return /^(?:FILE )?CODE EOF LAST MODIFICATION OWNER RWEP$/.test(text);
}

// Files: 2  Blocks: 161
//
// w    158 stm       90-05-19 11:53:44  acctng.cobol
//
// Dirs: 1
//
// m      1           99-12-06 16:19:02  reports
//
// Links: 1
//
// 04-07-13 21:15:43  old_logs  ->  %descc#m2_d01>l3s>db>cp_exception

type Section = 'none' | 'files' | 'folders' | 'links';

/** The listings of Stratus VOS. */
export const vosGrammar: ListingGrammar = {
  format: 'vos',
  begin: (context) => {
    let section: Section = 'none';
    return (lines, at) => {
      const line = lines[at] ?? '';
      const begun = sectionOf(line);
      if (!begun)
        return section === 'links'
          ? link(lines, at, context)
          : fileOrFolder(line, section, context);
      section = begun;
      return { parsed: 'skip', taken: 1 };
    };
  },
};

function sectionOf(line: string): Exclude<Section, 'none'> | undefined {
  if (/^\s*Files: *\d{1,9},? +Blocks: *\d{1,12}\s*$/.test(line)) return 'files';
  if (/^\s*Dirs: *\d{1,9}\s*$/.test(line)) return 'folders';
  return /^\s*Links: *\d{1,9}\s*$/.test(line) ? 'links' : undefined;
}

// The access, the blocks, how a file is organized, date, time and the name.
const fileColumns = 6;

function fileOrFolder(
  line: string,
  section: Section,
  context: ListingContext,
): Reading | undefined {
  const words = wordsOf(line, fileColumns);
  const [access, blocks, third] = words;
  if (!/^[a-z]$/.test(access?.text ?? '') || !/^\d{1,12}$/.test(blocks?.text ?? ''))
    return undefined;
  const organization = /^[a-z][\w-]*$/i.test(third?.text ?? '') ? third?.text : undefined;
  const [date, time, name] = words.slice(organization === undefined ? 2 : 3);
  const times = dated(parseDay(date?.text, 'ymd'), parseClock(time?.text), context);
  if (
    !times ||
    !name ||
    (section === 'folders') !== (organization === undefined && section !== 'none')
  )
    return undefined;
  const type =
    organization === undefined ? 'directory' : organization === 'pipe' ? 'other' : 'file';
  // Blocks of 4,096 bytes are those allocated, with indices and without the holes: they tell no size.
  return { parsed: { name: restFrom(line, name), type, size: undefined, ...times }, taken: 1 };
}

function link(lines: readonly string[], at: number, context: ListingContext): Reading | undefined {
  const line = (lines[at] ?? '').trimEnd();
  const [date, time, first] = wordsOf(line, 3);
  const times = dated(parseDay(date?.text, 'ymd'), parseClock(time?.text), context);
  const arrow = line.indexOf('->');
  if (!times || !first || arrow <= first.start) return undefined;
  const name = line.slice(first.start, arrow).trimEnd();
  const common = { name, type: 'symlink', size: undefined, ...times } as const;
  const [target, taken] = targetFrom(lines, at, line.slice(arrow + 2).trim());
  return target === '' ? undefined : { parsed: { ...common, target }, taken };
}

// A target that is too long goes on in the next lines, which begin with "+".
function targetFrom(
  lines: readonly string[],
  at: number,
  begun: string,
): readonly [target: string, taken: number] {
  let target = begun;
  let taken = 1;
  for (; lines[at + taken]?.startsWith('+'); taken++)
    target += (lines[at + taken] ?? '').slice(1).trim();
  return [target, taken];
}

// Names have no blanks.
function restFrom(line: string, word: Word): string {
  return line.slice(word.start).trimEnd();
}

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
const mostMpeixWords = 11;

function parseMpeixLine(line: string): ListingLine {
  if (isMpeixHeader(line)) return 'skip';
  const words = wordsOf(line, mostMpeixWords).map(({ text }) => text);
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

function isMpeixHeader(line: string): boolean {
  return (
    /^ *(?:PATH=|ACCOUNT ?=) +\S{1,255}(?: +GROUP ?= +\S{1,255})? *$/.test(line) ||
    /^ *(?:FILENAME +)?CODE +-{4,20}LOGICAL RECORD-{4,20} +-{2,8}SPACE-{2,8}(?: +FILENAME)? *$/.test(
      line,
    ) ||
    /^ *SIZE +TYP +EOF +LIMIT +R\/B +SECTORS +#X +MX *$/.test(line)
  );
}
