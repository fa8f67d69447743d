import { type EntryType, parseSize, type RemoteEntry } from './entry.ts';
import { parseTimeVal } from './timeVal.ts';

/** What one MLSx line says: its entry, or that it describes the folder itself or its parent. */
export type FactsLine = RemoteEntry | 'listedFolder' | 'parentFolder';

/**
 * RFC 3659, 7.2: `fact=value;fact=value; pathname`. The first space ends the facts; what follows it
 * is the name, further spaces, `;` and `=` included. `undefined` when the line is none of these.
 */
export function parseFactsLine(line: string): FactsLine | undefined {
  const space = line.indexOf(' ');
  if (space < 0 || (space > 0 && line[space - 1] !== ';')) return undefined;
  const facts = parseFacts(line.slice(0, space));
  const type = facts.get('type')?.toLowerCase() ?? '';
  if (type === 'cdir') return 'listedFolder';
  if (type === 'pdir') return 'parentFolder';
  const modified = parseTimeVal(facts.get('modify') ?? '');
  const [entryType, linkTarget] = entryTypeOf(type, facts.get('type') ?? '');
  return {
    name: line.slice(space + 1),
    type: entryType,
    size: parseSize(facts.get('size') ?? facts.get('sizd')),
    modified,
    precision: modified ? 'second' : 'none',
    ...optional('target', linkTarget),
    ...optional('mode', parseMode(facts.get('unix.mode'))),
    ...optional('permissions', facts.get('perm')?.toLowerCase()),
    ...optional('unique', facts.get('unique') || undefined),
  };
}

// A fact that is told twice in two ways is not known.
function parseFacts(text: string): ReadonlyMap<string, string | undefined> {
  const facts = new Map<string, string | undefined>();
  for (const fact of text.split(';')) {
    const equals = fact.indexOf('=');
    if (equals <= 0) continue;
    const [name, value] = [fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1)];
    facts.set(name, !facts.has(name) || facts.get(name) === value ? value : undefined);
  }
  return facts;
}

// Symbolic links have no type of their own in RFC 3659: servers write OS.unix=slink:TARGET
// (ProFTPD), OS.unix=symlink (Pure-FTPd).
function entryTypeOf(type: string, written: string): [EntryType, string | undefined] {
  if (type === 'file') return ['file', undefined];
  if (type === 'dir') return ['directory', undefined];
  const link = /^os\.unix=s(?:ym)?link(?::(.*))?$/is.exec(written);
  return link ? ['symlink', link[1] || undefined] : ['other', undefined];
}

function parseMode(text: string | undefined): string | undefined {
  return text !== undefined && /^0?[0-7]{3,4}$/.test(text)
    ? text.slice(-4).padStart(4, '0')
    : undefined;
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}
