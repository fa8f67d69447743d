import { joinPath, nameOf, type RemotePath, rootPath } from '../../base/paths.ts';
import type { Entries } from '../known/entries.ts';
import { tellPart } from './folderListing.ts';
import { mayBeCut, temporaryNameOf, readTemporaryName } from '../temporaryNames.ts';
import type { FileOptions, LeftOver, RemoteEntry } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';

/** What saves have left in a folder, as the server shows it now. */
export async function leftOversAt(
  session: Session,
  path: RemotePath,
  options: FileOptions,
): Promise<readonly LeftOver[]> {
  const step = session.step('list', path, options);
  try {
    const { signal } = step;
    const contents = await session.folders.folder(path, { signal, fresh: true });
    tellPart(session, path, contents);
    return leftOversAmong(session, path, contents.entries);
  } catch (error) {
    throw await session.translate(error, step);
  }
}

/** Tells whoever is shown a folder what is left out of it. */
export function tellLeftOvers(session: Session, path: RemotePath, entries: Entries): void {
  const [first, ...others] = leftOversAmong(session, path, entries);
  if (first) session.temporaryNames.leftOvers.fire({ path, leftOvers: [first, ...others] });
}

/** The same of a folder that is copied; a copy is made once, and the log keeps it. */
export function tellLeftOut(session: Session, folder: RemotePath, entries: Entries): void {
  for (const { path } of leftOversAmong(session, folder, entries)) {
    session.logger.warn(`${path}, left by a save, was not copied`);
  }
}

function leftOversAmong(session: Session, folder: RemotePath, entries: Entries): LeftOver[] {
  const found: LeftOver[] = [];
  for (const entry of entries.values()) {
    const temporary = readTemporaryName(entry.name);
    if (!temporary || session.temporaryNames.isUnderWay(temporary.id)) continue;
    const path = joinPath(folder, entry.name);
    const name = fileNameOf(entry.name, temporary, entries);
    const file = name === undefined ? undefined : joinPath(folder, name);
    const standing = name === undefined ? undefined : entries.get(name);
    found.push({ path, entry, ...(file && { file }), ...(standing && { standing }) });
  }
  return found;
}

// A long name lost its middle: then it is the one that would be cut so, if there is just one.
function fileNameOf(
  name: string,
  { id, file }: { readonly id: string; readonly file: string },
  entries: Entries,
): string | undefined {
  if (!mayBeCut(name)) return file;
  const mayBe = ({ name: other }: RemoteEntry): boolean =>
    nameOf(temporaryNameOf(joinPath(rootPath, other), id)) === name;
  const [one, ...more] = [...entries.values()].filter(mayBe);
  return one && more.length === 0 ? one.name : undefined;
}
