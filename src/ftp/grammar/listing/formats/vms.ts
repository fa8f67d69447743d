import type { RemoteEntry } from '../../entry.ts';
import { parseSize } from '../../facts.ts';
import { dated, parseClock, parseNamedDay, undated } from '../dates/hostDates.ts';
import type { ListingContext, ListingGrammar, Reading } from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)
//
// A name that is too long for its column stands on a line of its own. MultiNet tells no seconds and
// one count of blocks, TCPware neither owner nor protection, UCX cuts the owner's "]" off, others
// put the date first. What the user may not see has an error message in place of its facts.

/** The listings of VMS. */
export const vmsGrammar: ListingGrammar = {
  format: 'vms',
  begin: (context) => {
    let folder: string | undefined;
    let elsewhere = false;
    return (lines, at) => {
      const line = lines[at] ?? '';
      const header = folderIn(line);
      if (header !== undefined) {
        // A second header begins the listing of a folder below the first.
        elsewhere = folder !== undefined && folder !== header;
        folder ??= header;
        return { parsed: 'skip', taken: 1 };
      }
      if (isFooter(line)) return { parsed: 'skip', taken: 1 };
      return elsewhere ? undefined : entryAt(lines, at, context);
    };
  },
};

// The name, its size and date, an owner and the protection: no line has more words.
const maxWords = 8;

function entryAt(
  lines: readonly string[],
  at: number,
  context: ListingContext,
): Reading | undefined {
  const line = lines[at] ?? '';
  const [first, ...words] = wordsOf(line, maxWords);
  const file = first && parseFileName(first.text);
  if (!first || !file) return undefined;
  if (words.length > 0) {
    const facts = parseFacts(words, line.slice(first.end), context);
    return facts && { parsed: { ...file, ...facts }, taken: 1 };
  }
  const next = lines[at + 1] ?? '';
  const facts = parseFacts(wordsOf(next, maxWords), next, context);
  return facts && { parsed: { ...file, ...facts }, taken: 2 };
}

// A file keeps its version: each of several versions is a line and a name of its own, and the
// server finds it by that name; without the version it finds the newest. A folder is found by its
// name alone, and only the first version of a ".DIR" is one.
function parseFileName(text: string): Pick<RemoteEntry, 'name' | 'type'> | undefined {
  const semicolon = text.lastIndexOf(';');
  if (semicolon < 1 || !/^\d{1,5}$/.test(text.slice(semicolon + 1))) return undefined;
  // CMU/VMS-IP writes the listed folder before each name: "[PUB.DOCS]ALARM.DIR;1".
  const name = text.startsWith('[') ? text.slice(text.indexOf(']') + 1) : text;
  if (name.startsWith('[')) return undefined;
  if (!/.\.DIR;1$/i.test(name)) return { name, type: 'file' };
  return { name: name.slice(0, -'.DIR;1'.length), type: 'directory' };
}

type Facts = Pick<RemoteEntry, 'size' | 'sizeOf' | 'modified' | 'precision'>;

const unknownFacts: Facts = { size: undefined, ...undated };

function parseFacts(
  words: readonly Word[],
  rest: string,
  context: ListingContext,
): Facts | undefined {
  if (isErrorMessage(rest)) return unknownFacts;
  // Some put the owner before the facts: "[SUMMARY]  1/3  2-AUG-2006 13:05  (RWE,RWE,RE,)".
  let at = /^\[[^\]]*\]$/.test(words[0]?.text ?? '') ? 1 : 0;
  const before = parseBlocks(words[at]?.text);
  if (before) at += 1;
  const day = parseNamedDay(words[at]?.text);
  const clock = parseClock(words[at + 1]?.text);
  at += clock ? 2 : 1;
  const after = before ? undefined : parseBlocks(words[at]?.text);
  if (after) at += 1;
  const date = dated(day, clock, context);
  if (!date || !areOwners(words.slice(at))) return undefined;
  return { ...bytesOf(before, after), ...date };
}

interface Blocks {
  /** Not known where the number was too long for its column. */
  readonly used: number | undefined;
  /** How many bytes a block has; for people, some servers count in units of their own. */
  readonly bytes: number;
  readonly allocated: number | undefined;
}

const blockBytes = 512;

function parseBlocks(text: string | undefined): Blocks | undefined {
  if (/^\*{4,12}$/.test(text ?? '')) return { used: undefined, bytes: 0, allocated: undefined };
  const [, used, unit, allocated] = /^(\d{1,15})(?:([KM])B|\/(\d{1,12}))?$/.exec(text ?? '') ?? [];
  if (used === undefined) return undefined;
  const bytes = unit === undefined ? blockBytes : unit === 'K' ? 1024 : 1024 * 1024;
  return { used: Number(used), bytes, allocated: parseSize(allocated) };
}

// Before the date stand the blocks used and allocated: the last used one may be filled to any part.
// After the date stand bytes, and the blocks of 512 that they fill; some servers write bytes before
// the date too, which shows where more would be used than is allocated.
function bytesOf(
  before: Blocks | undefined,
  after: Blocks | undefined,
): Pick<Facts, 'size' | 'sizeOf'> {
  const blocks = before ?? after;
  if (!blocks) return { size: undefined };
  const { used, bytes, allocated } = blocks;
  if (used === undefined || used === 0) return { size: used };
  const isFilled = Math.ceil(used / blockBytes) === allocated;
  if (isFilled && (after || used > allocated)) return { size: used };
  const size = used * bytes;
  return Number.isSafeInteger(size) ? { size, sizeOf: 'storage' } : { size: undefined };
}

// An owner, whose brackets may be cut, and the protection of system, owner, group and world.
function areOwners(words: readonly Word[]): boolean {
  const last = words.at(-1)?.text ?? '';
  const isProtected = /^\([RWEDC]*,[RWEDC]*,[RWEDC]*,[RWEDC]*\)$/i.test(last);
  const owners = isProtected ? words.slice(0, -1) : words;
  const [owner, ...others] = owners.map(({ text }) => text);
  if (owner === undefined) return true;
  if (others.length > 0) return false;
  return owner.startsWith('[') || (isProtected && /^[\w$]+$/.test(owner));
}

// "%RMS-E-PRV, insufficient privilege or file protection violation", of MultiNet in angle brackets
function isErrorMessage(rest: string): boolean {
  const text = rest.trim();
  return (
    /^<?%[A-Z]{1,12}-[A-Z]-[A-Z]{1,12}, /.test(text) || /^(?:no|insufficient) privilege/i.test(text)
  );
}

function folderIn(line: string): string | undefined {
  const match = /^(?:Directory +)?([\w$.:-]{1,255}:\[[^\]\s]{0,512}\])\s*$/i.exec(line);
  return match?.[1]?.toUpperCase();
}

function isFooter(line: string): boolean {
  return (
    /^(?:grand )?total (?:of )?\d{1,12} (?:files?|blocks?|director(?:y|ies))\b/i.test(line) ||
    /^(?:\*\.\*;\d{0,5} *<?)?%(?:DIRECT-W-NOFILES|RMS-E-FNF), /.test(line)
  );
}
