import { joinPath, type RemotePath } from '../../base/paths.ts';
import type { EntryType, TimePrecision } from '../../ftp/grammar/entry.ts';
import { RemoteFileError } from '../../session/remoteFileError.ts';
import type { Lane, StatEntry } from '../../session/remoteFileSystem.ts';
import { visits } from '../../sync/walk.ts';
import { visibleText } from '../../base/visibleText.ts';
import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { entryJson, jsonText } from '../jsonText.ts';
import { oneAddress } from '../positionals.ts';
import { type OpenSite, usingSite } from '../site.ts';
import type { Terminal } from '../terminal.ts';
import type { Verb } from '../verb.ts';

// As many as a copy lists ahead: the session decides how many are really under way.
const listingsAhead = 127;

// Deeper than real trees are. A server that always lists one more folder is stopped here.
const deepestListed = 128;

/** Lists a folder, or shows one file; with -R all folders below it too. */
export const ls: Verb = {
  usage: 'ls [-R] [--json] URL',
  summary: 'list a folder; with -R all folders below it too',
  run: async (args, parts, signal) => {
    const ours = { json: { type: 'boolean' }, recursive: { type: 'boolean', short: 'R' } } as const;
    const { values, positionals } = parseArguments(args, { ...connectionOptions, ...ours });
    const { json = false, recursive = false } = values;
    const address = oneAddress(positionals, ls);
    const choice = await readConnectionChoice(values, parts, signal);
    const { terminal } = parts;
    return await usingSite({ address, choice, parts, signal }, async (site) => {
      const path = await site.pathOf(address);
      if (recursive) return await listTree(site, path, { json, terminal });
      const entries = (await entriesAt(site, path)).toSorted(byName);
      await terminal.write(json ? jsonText(folderJson(path, entries)) : listingTable(entries));
      return site.hasListedAll;
    });
  },
};

interface TreeOptions {
  readonly json: boolean;
  readonly terminal: Terminal;
}

interface TreeFolder {
  readonly path: RemotePath;
  readonly depth: number;
}

type TreeListing = { readonly entries: readonly StatEntry[] } | { readonly failure: unknown };

/**
 * Writes one folder after the other, as soon as it is listed. False where one could not be listed, which
 * the user was told.
 */
async function listTree(
  site: OpenSite,
  top: RemotePath,
  { json, terminal }: TreeOptions,
): Promise<boolean> {
  const { begin, between, end, textOf } = json ? treeAsJson : treeAsText;
  const tree = { list: ({ path }: TreeFolder) => treeListing(site, path), listingsAhead };
  let isAll = true;
  let before = begin;
  for await (const visit of visits<TreeFolder, TreeListing>(tree, { path: top, depth: 0 })) {
    const { folder, listing } = visit;
    if ('failure' in listing) {
      isAll = false;
      terminal.tell(site.sentence(listing.failure));
      if (await isLost(site, terminal)) return false;
    } else {
      for (const inner of foldersIn(folder, listing.entries)) {
        if (inner.depth <= deepestListed) visit.goInto(inner);
        else {
          isAll = false;
          terminal.tell(`${inner.path} was not listed: it is too many folders deep.`);
        }
      }
      await terminal.write(`${before}${textOf(folder.path, listing.entries)}`);
      before = between;
    }
  }
  await terminal.write(before === begin ? `${begin}${end}` : end);
  return isAll && site.hasListedAll;
}

/** Where the server is lost, every other folder would only fail as well: the user is told that once. */
async function isLost(site: OpenSite, terminal: Terminal): Promise<boolean> {
  try {
    await site.connect();
    return false;
  } catch (error) {
    site.signal.throwIfAborted();
    terminal.tell(`The rest was not listed. ${site.sentence(error)}`);
    return true;
  }
}

async function treeListing(site: OpenSite, path: RemotePath): Promise<TreeListing> {
  try {
    return { entries: (await entriesAt(site, path, 'transfer')).toSorted(byName) };
  } catch (failure) {
    site.signal.throwIfAborted();
    return { failure };
  }
}

// Links are not followed.
function foldersIn({ path, depth }: TreeFolder, entries: readonly StatEntry[]): TreeFolder[] {
  return entries
    .filter(({ type }) => type === 'directory')
    .map(({ name }) => ({ path: joinPath(path, name), depth: depth + 1 }));
}

interface TreeFormat {
  readonly begin: string;
  readonly between: string;
  readonly end: string;
  readonly textOf: (path: RemotePath, entries: readonly StatEntry[]) => string;
}

const treeAsText: TreeFormat = {
  begin: '',
  between: '\n',
  end: '',
  textOf: (path, entries) => `${visibleText(path)}:\n${listingTable(entries)}`,
};

const treeAsJson: TreeFormat = {
  begin: '[\n',
  between: ',\n',
  end: ']\n',
  textOf: (path, entries) => jsonText(folderJson(path, entries)),
};

function folderJson(path: RemotePath, entries: readonly StatEntry[]): object {
  return { path, entries: entries.map(entryJson) };
}

async function entriesAt(
  { files, signal }: OpenSite,
  path: RemotePath,
  lane: Lane = 'interactive',
): Promise<readonly StatEntry[]> {
  try {
    return await files.readDirectory(path, { signal, lane });
  } catch (error) {
    const isFile = error instanceof RemoteFileError && error.reason === 'notADirectory';
    if (!isFile) throw error;
    return [await files.stat(path, { signal, lane })];
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
