import type { RemotePath } from '../../base/paths.ts';
import type { EntryType, TimePrecision } from '../../ftp/grammar/entry.ts';
import { RemoteFileError } from '../../session/remoteFileError.ts';
import type { StatEntry } from '../../session/remoteFileSystem.ts';
import { visibleText } from '../../base/visibleText.ts';
import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { entryJson, jsonText } from '../jsonText.ts';
import { oneAddress } from '../positionals.ts';
import { type OpenSite, usingSite } from '../site.ts';
import type { Verb } from '../verb.ts';

/** Lists a folder, or shows one file. */
export const ls: Verb = {
  usage: 'ls [--json] URL',
  summary: 'list a folder',
  run: async (args, parts, signal) => {
    const options = { ...connectionOptions, json: { type: 'boolean' } } as const;
    const { values, positionals } = parseArguments(args, options);
    const address = oneAddress(positionals, ls);
    const choice = await readConnectionChoice(values, parts, signal);
    return await usingSite({ address, choice, parts, signal }, async (site) => {
      const path = await site.pathOf(address);
      const entries = (await entriesAt(site, path)).toSorted(byName);
      const text = values.json
        ? jsonText({ path, entries: entries.map(entryJson) })
        : listingTable(entries);
      await parts.terminal.write(text);
      return site.hasListedAll;
    });
  },
};

async function entriesAt(
  { files, signal }: OpenSite,
  path: RemotePath,
): Promise<readonly StatEntry[]> {
  try {
    return await files.readDirectory(path, { signal });
  } catch (error) {
    const isFile = error instanceof RemoteFileError && error.reason === 'notADirectory';
    if (!isFile) throw error;
    return [await files.stat(path, { signal })];
  }
}

function byName(a: StatEntry, b: StatEntry): number {
  return a.name < b.name ? -1 : 1;
}

const letters: Readonly<Record<EntryType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  other: '?',
};

// How much of the ISO form is shown: as much as the server told.
const timeLengths: Readonly<Record<TimePrecision, number>> = {
  second: 19,
  minute: 16,
  day: 10,
  none: 0,
};

/** One line for each entry. */
export function listingTable(entries: readonly StatEntry[]): string {
  const sizes = entries.map(sizeText);
  const width = sizes.reduce((widest, { length }) => Math.max(widest, length), 0);
  return entries
    .map((entry, index) => `${row(entry, (sizes[index] ?? '').padStart(width))}\n`)
    .join('');
}

function sizeText({ size, estimate }: StatEntry): string {
  if (size !== undefined) return String(size);
  return estimate === undefined ? '-' : `~${estimate}`;
}

function row({ type, modified, precision, name, target }: StatEntry, size: string): string {
  const iso = modified?.toISOString().replace('T', ' ').slice(0, timeLengths[precision]) ?? '-';
  const ending = type === 'directory' ? '/' : '';
  const arrow = target === undefined ? '' : ` -> ${target}`;
  return visibleText(`${letters[type]} ${size} ${iso.padEnd(19)} ${name}${ending}${arrow}`);
}
