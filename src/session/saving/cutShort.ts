import { joinPath, nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import type { Contents } from '../known/entries.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';

// Fewer letters of a name, as servers keep them before a dot (8.3), could be anybody's.
const fewestLetters = 8;

/**
 * The one name that a server can have made of a longer one: new since, of the same size, and the
 * beginning of what was asked for, with or without its extension.
 */
export function cutShort(
  asked: RemotePath,
  { size }: { readonly size: number },
  {
    before,
    after,
  }: { readonly before: Contents | undefined; readonly after: Contents | undefined },
): RemotePath | undefined {
  if (!before || !after || before === after) return undefined;
  const found = [...after.entries.values()].filter(
    (entry) =>
      !before.entries.has(entry.name) && mayBe(entry, size) && isPartOf(entry.name, nameOf(asked)),
  );
  const [only] = found;
  return only && found.length === 1 ? joinPath(parentOf(asked), only.name) : undefined;
}

function mayBe(entry: RemoteEntry, size: number): boolean {
  return entry.type === 'file' && (entry.size === undefined || entry.size === size);
}

function isPartOf(name: string, asked: string): boolean {
  if (name.length >= asked.length) return false;
  const [short, long] = [name.toLowerCase(), asked.toLowerCase()];
  const dot = short.lastIndexOf('.');
  const stem =
    dot > 0 && long.startsWith('.' + short.slice(dot + 1), long.lastIndexOf('.'))
      ? short.slice(0, dot)
      : short;
  return stem.length >= fewestLetters && long.startsWith(stem);
}
