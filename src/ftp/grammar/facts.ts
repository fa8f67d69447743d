import { type EntryType, parseSize, type RemoteEntry } from './entry.ts';

/** What one MLSx line says: its entry, or that it describes the folder itself or its parent. */
export type FactsLine = RemoteEntry | 'listedFolder' | 'parentFolder';

/**
 * RFC 3659, 7.2: `fact=value;fact=value; pathname`. The first space ends the facts; what follows it
 * is the name, further spaces, `;` and `=` included. `undefined` when the line is none of these.
 */
export function parseFactsLine(line: string): FactsLine | undefined {
  const split = splitAtSpace(line) ?? splitOtherwise(line);
  if (!split) return undefined;
  const facts = readFacts(line, split.factsEnd);
  if (split.isLoose && !isKnownType(facts.type ?? '')) return undefined;
  return entryOf(line.slice(split.nameAt), facts);
}

function entryOf(name: string, facts: Facts): FactsLine {
  const written = facts.type ?? '';
  const type = written.toLowerCase();
  if (type === 'cdir') return 'listedFolder';
  if (type === 'pdir') return 'parentFolder';
  const modified = parseTimeVal(facts.modify ?? '');
  const entryType = entryTypeOf(type);
  const entry: { -readonly [Key in keyof RemoteEntry]: RemoteEntry[Key] } = {
    name,
    type: entryType,
    size: parseSize(facts.size ?? facts.sizd ?? undefined),
    modified,
    precision: modified ? 'second' : 'none',
  };
  const mode = parseMode(facts.mode ?? undefined);
  if (mode !== undefined) entry.mode = mode;
  if (typeof facts.perm === 'string') entry.permissions = facts.perm.toLowerCase();
  if (facts.unique) entry.unique = facts.unique;
  if (entryType === 'symlink') Object.assign(entry, linkOf(name, link.exec(written)?.[1]));
  return entry;
}

// Some write the target behind the name, as `ls -l` does. No name has a slash: where one follows an
// arrow, that is what it is.
function linkOf(name: string, told: string | undefined): Pick<RemoteEntry, 'name' | 'target'> {
  if (told) return { name, target: told };
  const arrow = name.indexOf(' -> ');
  const target = name.slice(arrow + 4);
  return arrow > 0 && target.includes('/') ? { name: name.slice(0, arrow), target } : { name };
}

interface SplitLine {
  readonly factsEnd: number;
  readonly nameAt: number;
  /** It is not what RFC 3659 writes, so its facts must say that they are some. */
  readonly isLoose: boolean;
}

function splitAtSpace(line: string): SplitLine | undefined {
  const space = line.indexOf(' ');
  if (space < 0 || (space > 0 && line[space - 1] !== ';')) return undefined;
  if (space > 0 && endOfFactName(line, 0) < 0) return undefined;
  return { factsEnd: space, nameAt: space + 1, isLoose: false };
}

// Servers are met that write a tab in place of the space, no ";" after the last fact (as drafts of
// the standard had it), no space at all, and spaces in the target of a link. The facts are then read
// one after the other, and the name begins where none does.
function splitOtherwise(line: string): SplitLine | undefined {
  let at = 0;
  for (;;) {
    const equals = endOfFactName(line, at);
    if (equals < 0) break;
    const end = endOfValue(line, equals + 1);
    if (end === line.length) return undefined;
    if (line[end] !== ';') return { factsEnd: end, nameAt: end + 1, isLoose: true };
    at = end + 1;
  }
  if (at === 0 || at === line.length) return undefined;
  const isBlank = line[at] === ' ' || line[at] === '\t';
  return { factsEnd: at, nameAt: isBlank ? at + 1 : at, isLoose: true };
}

// Where the "=" stands, or -1.
function endOfFactName(line: string, start: number): number {
  let at = start;
  while (isFactLetter(line.charCodeAt(at))) at++;
  return at > start && line[at] === '=' ? at : -1;
}

// Letters, figures and what stands in "UNIX.mode" and "media-type".
function isFactLetter(code: number): boolean {
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e;
}

// The types of links that tell their target.
const linkType = /^(?:os\.unix=)?s(?:ym)?link:/i;
const longestLinkType = 16;

function endOfValue(line: string, start: number): number {
  const isLink = linkType.test(line.slice(start, start + longestLinkType));
  for (let at = start; at < line.length; at++) {
    const letter = line[at];
    if (letter === ';' || (!isLink && (letter === ' ' || letter === '\t'))) return at;
  }
  return line.length;
}

// A fact that is told twice in two ways is not known: null.
type Value = string | null | undefined;

interface Facts {
  type: Value;
  modify: Value;
  size: Value;
  sizd: Value;
  mode: Value;
  perm: Value;
  unique: Value;
}

function readFacts(line: string, end: number): Facts {
  const facts: Facts = {
    type: undefined,
    modify: undefined,
    size: undefined,
    sizd: undefined,
    mode: undefined,
    perm: undefined,
    unique: undefined,
  };
  let equals = -1;
  for (let start = 0; start < end;) {
    const semicolon = line.indexOf(';', start);
    const stop = semicolon < 0 || semicolon > end ? end : semicolon;
    // Each "=" is looked for once, so that facts without any cost no more than others.
    if (equals < start) equals = indexOrEnd(line, '=', start);
    const key = equals < stop ? factAt(line, start, equals - start) : undefined;
    if (key) note(facts, key, line.slice(equals + 1, stop));
    start = stop + 1;
  }
  return facts;
}

function indexOrEnd(line: string, letter: string, start: number): number {
  const at = line.indexOf(letter, start);
  return at < 0 ? line.length : at;
}

function note(facts: Facts, key: keyof Facts, value: string): void {
  switch (key) {
    case 'type':
      facts.type = once(facts.type, value);
      break;
    case 'modify':
      facts.modify = once(facts.modify, value);
      break;
    case 'size':
      facts.size = once(facts.size, value);
      break;
    case 'sizd':
      facts.sizd = once(facts.sizd, value);
      break;
    case 'mode':
      facts.mode = once(facts.mode, value);
      break;
    case 'perm':
      facts.perm = once(facts.perm, value);
      break;
    case 'unique':
      facts.unique = once(facts.unique, value);
      break;
  }
}

function once(before: Value, value: string): Value {
  return before === undefined || before === value ? value : null;
}

const fourLetters = ['type', 'size', 'perm', 'sizd'] as const;
const sixLetters = ['modify', 'unique'] as const;

// Listings have many lines, each with many facts: nothing is cut out of a line to be compared.
function factAt(line: string, start: number, length: number): keyof Facts | undefined {
  if (length === 9) return startsWith(line, start, 'unix.mode') ? 'mode' : undefined;
  if (length !== 4 && length !== 6) return undefined;
  const names: readonly (keyof Facts)[] = length === 4 ? fourLetters : sixLetters;
  for (let at = 0; at < names.length; at++) {
    const name = names[at];
    if (name !== undefined && startsWith(line, start, name)) return name;
  }
  return undefined;
}

// Without regard to the case of the line's letters; a full stop has none.
function startsWith(line: string, start: number, fact: string): boolean {
  for (let at = 0; at < fact.length; at++) {
    if ((line.charCodeAt(start + at) | 0x20) !== (fact.charCodeAt(at) | 0x20)) return false;
  }
  return true;
}

function isKnownType(type: string): boolean {
  return /^(?:file|dir|cdir|pdir|(?:s(?:ym)?)?link(?::.*)?|os\.[\w-]+=.*)$/is.test(type);
}

const link = /^(?:os\.unix=)?(?:s(?:ym)?)?link(?::(.*))?$/is;

// Symbolic links have no type of their own in RFC 3659: servers write OS.unix=slink:TARGET
// (ProFTPD), OS.unix=symlink (Pure-FTPd), and plain words.
function entryTypeOf(type: string): EntryType {
  if (type === 'file') return 'file';
  if (type === 'dir') return 'directory';
  return link.test(type) ? 'symlink' : 'other';
}

function parseMode(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 5) return undefined;
  if (text.length === 4 && /^[0-7]{4}$/.test(text)) return text;
  return /^0?[0-7]{1,4}$/.test(text) ? text.slice(-4).padStart(4, '0') : undefined;
}

/**
 * RFC 3659, 2.3: YYYYMMDDHHMMSS[.fraction], in UTC. `undefined` for anything else, a day that no
 * calendar has included.
 */
export function parseTimeVal(text: string): Date | undefined {
  if (!isTimeVal(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 4, 6);
  const day = digits(text, 6, 8);
  const hour = digits(text, 8, 10);
  const minute = digits(text, 10, 12);
  const second = digits(text, 12, 14);
  if (year < 1000 || hour > 23 || minute > 59 || second > 60) return undefined;
  if (!(day >= 1 && day <= daysOf(year, month))) return undefined;
  // RFC 3659, 2.3: 60 is a leap second; it is the next one for everyone else.
  const ms = text.length > 15 ? Number(text.slice(15, 18).padEnd(3, '0')) : 0;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
}

// Fourteen digits, and perhaps a full stop and more of them. Listings have one in every line.
function isTimeVal(text: string): boolean {
  if (text.length < 14 || text.length === 15) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (at === 14 ? code !== 0x2e : code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - 0x30;
  return value;
}

// None of a month that there is not.
function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * The text of a reply to MDTM. RFC 3659, 2.3, tells of servers that wrote "19" and the years since
 * 1900 behind it: 19126 for 2026.
 */
export function parseMdtmReply(text: string): Date | undefined {
  const [, years, rest] = /^191(\d\d)(\d{10}(?:\.\d+)?)$/.exec(text) ?? [];
  return parseTimeVal(years === undefined ? text : `20${years}${rest}`);
}

/** The time in whole seconds: fractions are optional, and not every server can read them. */
export function formatTimeVal(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}
