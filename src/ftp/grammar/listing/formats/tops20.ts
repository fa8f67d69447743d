import type { RemoteEntry } from '../../entry.ts';
import { parseSize } from '../../facts.ts';
import { dated, parseClock, parseNamedDay, undated } from '../dates/hostDates.ts';
import type { ListingContext, ListingGrammar, Reading } from '../listingLine.ts';
import { wordsOf } from '../words.ts';

//    PS:<ANONYMOUS>
//  FOO.TXT.3;P777700  5 12345(7)  12-Jan-1993 10:11:12
//  LOGIN.CMD.1
// <ANONYMOUS>INSTALL.MEM.1;P775252;A,210,10-Apr-1990 13:17:41,10-Apr-1990 13:18:26,11-Jan-2003 11:34:26
//
// Name, type and generation; the protection; pages, and bytes of so many bits; the time of the last
// write. The last line has the times of creation, writing and reading. Many servers tell names only.

/** The listings of TOPS-20. */
export const tops20Grammar: ListingGrammar = {
  format: 'tops20',
  begin: (context) => {
    let folder: string | undefined;
    let elsewhere = false;
    return (lines, at) => {
      const line = (lines[at] ?? '').trim();
      const header = /^[\w-]{1,39}:<([^<>\s]{1,200})>$/.exec(line)?.[1]?.toUpperCase();
      if (header !== undefined) {
        elsewhere = folder !== undefined && folder !== header;
        folder ??= header;
        return elsewhere ? subfolder(folder, header) : skipped;
      }
      if (isTotal(line)) return skipped;
      if (elsewhere) return undefined;
      const parsed = parseLine(line, { folder, context });
      return parsed && { parsed, taken: 1 };
    };
  },
};

const skipped: Reading = { parsed: 'skip', taken: 1 };

// The folders in a folder show by the headers of their own listings.
function subfolder(folder: string, header: string): Reading {
  const name = header.startsWith(`${folder}.`) ? header.slice(folder.length + 1) : '';
  if (name === '' || name.includes('.')) return skipped;
  return { parsed: { name, type: 'directory', size: undefined, ...undated }, taken: 1 };
}

interface Place {
  /** The folder of the header; without a header, a name alone may be anything. */
  readonly folder: string | undefined;
  readonly context: ListingContext;
}

function parseLine(line: string, { folder, context }: Place): RemoteEntry | undefined {
  const listed = /^(?:[\w-]{1,39}:)?<[^<>\s]{1,200}>/.exec(line)?.[0] ?? '';
  const rest = line.slice(listed.length);
  if (rest.includes(',')) return withThreeTimes(rest, context);
  const [first = '', ...facts] = wordsOf(rest, maxWords).map(({ text }) => text);
  const [name = '', protection, ...others] = first.split(';');
  const file = parseFileName(name);
  if (!file || others.length > 0) return undefined;
  if (protection === undefined) {
    const isAlone = facts.length === 0 && folder !== undefined;
    return isAlone ? { ...file, size: undefined, ...undated } : undefined;
  }
  const [pages = '', bytes, day, clock, ...more] = facts;
  const times = dated(parseNamedDay(day), parseClock(clock), context);
  const size = sizeOf(bytes);
  if (!times || !size || more.length > 0) return undefined;
  return isProtection(protection) && /^\d+$/.test(pages)
    ? { ...file, ...size, ...times }
    : undefined;
}

// A name with its protection, pages, bytes, date and time.
const maxWords = 6;

// The generation is the version of a file, and stays in its name as the server finds it.
function parseFileName(text: string): Pick<RemoteEntry, 'name' | 'type'> | undefined {
  if (!/^[\w$.-]{1,80}\.\d{1,6}$/.test(text)) return undefined;
  const folder = /^(.+)\.DIRECTORY\.\d+$/i.exec(text)?.[1];
  return folder === undefined ? { name: text, type: 'file' } : { name: folder, type: 'directory' };
}

function isProtection(text: string): boolean {
  return /^P[0-7]{6}$/.test(text);
}

// A byte of 7 bits is a letter, and one of 8 an octet; those of 36 bits are other octets as they travel.
function sizeOf(text: string | undefined): Pick<RemoteEntry, 'size'> | undefined {
  const [, bytes, bits] = /^(\d{1,15})\((\d{1,2})\)$/.exec(text ?? '') ?? [];
  if (bytes === undefined) return undefined;
  return { size: bits === '7' || bits === '8' ? parseSize(bytes) : undefined };
}

function withThreeTimes(rest: string, context: ListingContext): RemoteEntry | undefined {
  // Name, protection and account; pages; the times of creation, writing and reading.
  const [head = '', pages = '', , written = ''] = rest.split(',', 5);
  const [name = '', protection = ''] = head.split(';', 3);
  const file = parseFileName(name);
  const [day, clock] = wordsOf(written, 2).map(({ text }) => text);
  const times = dated(parseNamedDay(day), parseClock(clock), context);
  if (!file || !times || !isProtection(protection) || !/^\d+$/.test(pages)) return undefined;
  return { ...file, size: undefined, ...times };
}

function isTotal(line: string): boolean {
  return /^total of \d{1,12} pages? in \d{1,9} files?/i.test(line);
}
