import { formatTimeVal } from '../../ftp/grammar/facts.ts';
import type { ServedEntry } from '../folder/servedFolder.ts';

/** RFC 3659, 7.5, and the one of Unix servers: the facts that the server can tell. */
export const factNames = ['type', 'size', 'modify', 'perm', 'unique', 'UNIX.mode'] as const;
export type FactName = (typeof factNames)[number];

/** All of them: a client that wants fewer says so with OPTS MLST. */
export const defaultFacts: ReadonlySet<FactName> = new Set(factNames);

/** RFC 3659, 7.2: the facts, one space, the name. */
export function factsLine(
  entry: ServedEntry,
  name: string,
  facts: ReadonlySet<FactName>,
  readOnly: boolean,
): string {
  const values: Readonly<Record<FactName, string | undefined>> = {
    type: typeFact(entry),
    size: entry.type === 'file' ? String(entry.size) : undefined,
    modify: formatTimeVal(entry.modified),
    perm: permFact(entry, readOnly),
    unique: entry.unique,
    'UNIX.mode': `0${entry.mode.toString(8).padStart(3, '0')}`,
  };
  const wanted = factNames.filter((fact) => facts.has(fact) && values[fact] !== undefined);
  return `${wanted.map((fact) => `${fact}=${values[fact]};`).join('')} ${name}`;
}

// RFC 3659 has no type for symbolic links; this is how ProFTPD writes it. A ";" would end the fact.
function typeFact({ type, target }: ServedEntry): string {
  if (type === 'file') return 'file';
  if (type === 'directory') return 'dir';
  if (type === 'other') return 'OS.unix=other';
  const speakable = target !== undefined && !/[;\r\n\0 ]/.test(target);
  return speakable ? `OS.unix=slink:${target}` : 'OS.unix=symlink';
}

// RFC 3659, 7.5.5: a append, d delete, f rename, r retrieve, w store; c create, e enter, l list,
// m make folders, p purge.
function permFact({ type, writable, removable }: ServedEntry, readOnly: boolean): string {
  const here = writable && !readOnly;
  const gone = removable && !readOnly ? 'df' : '';
  if (type === 'directory') return `${here ? 'cmp' : ''}${gone}el`;
  return `${here ? 'aw' : ''}${gone}r`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const halfYearMs = 182 * 24 * 60 * 60 * 1000;

/** A line as `ls -l` has it, in UTC: the time of day for the last half year, else the year. */
export function unixLine(entry: ServedEntry, now: number): string {
  const letter = { file: '-', directory: 'd', symlink: 'l', other: 'p' }[entry.type];
  const time = entry.modified;
  const age = now - time.getTime();
  const day = String(time.getUTCDate()).padStart(2);
  const clock = time.toISOString().slice(11, 16);
  const recent = age > -60_000 && age < halfYearMs;
  const date = `${months[time.getUTCMonth()]} ${day} ${recent ? clock : ` ${time.getUTCFullYear()}`}`;
  const target = entry.target !== undefined && !/[\r\n\0]/.test(entry.target) ? entry.target : '?';
  const name = entry.type === 'symlink' ? `${entry.name} -> ${target}` : entry.name;
  const size = String(entry.size).padStart(12);
  return `${letter}${modeLetters(entry.mode)}   1 ftp      ftp      ${size} ${date} ${name}`;
}

function modeLetters(mode: number): string {
  const letters = 'rwxrwxrwx'
    .split('')
    .map((letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-'));
  const special = [
    [0o4000, 2, 's', 'S'],
    [0o2000, 5, 's', 'S'],
    [0o1000, 8, 't', 'T'],
  ] as const;
  for (const [bit, at, lower, upper] of special) {
    if (mode & bit) letters[at] = letters[at] === 'x' ? lower : upper;
  }
  return letters.join('');
}

/** A line as IIS has it in its default style. */
export function dosLine({ name, type, size, modified }: ServedEntry): string {
  const [date = '', time = ''] = modified.toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  const hour = modified.getUTCHours();
  const twelve = String(hour % 12 || 12).padStart(2, '0');
  const clock = `${twelve}:${time.slice(3, 5)}${hour < 12 ? 'AM' : 'PM'}`;
  const what = type === 'directory' ? '       <DIR>         ' : String(size).padStart(21);
  return `${month}-${day}-${year.slice(2)}  ${clock}${what} ${name}`;
}
