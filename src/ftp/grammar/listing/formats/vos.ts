import { parseDay } from '../dates/dateOrder.ts';
import { dated, parseClock } from '../dates/hostDates.ts';
import type { ListingContext, ListingGrammar, Reading } from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

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
