import { joinPath, nameOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { requestFor } from '../connections/requests.ts';
import type { Contents, Entries } from '../known/entries.ts';
import { mayBeCut, temporaryNameOf, readTemporaryName } from '../temporaryNames.ts';
import type { FileOptions, LeftOver, RemoteEntry } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';

/** What the notices of a listed folder, which are told beside its entries, take of a session. */
export type FolderNoticeParts = Pick<Session, 'partialListings' | 'temporaryNames' | 'logger'>;

/** Tells the user of a folder that there may be more in it than is shown. */
export function tellPartialListing(
  { logger, partialListings }: Pick<FolderNoticeParts, 'logger' | 'partialListings'>,
  path: RemotePath,
  { missing }: Contents,
): void {
  if (missing === undefined) return;
  logger.warn(`The listing of ${path} may not be all: ${missing}`);
  partialListings.fire({ path, why: missing });
}

/** What saves have left in a folder, as the server shows it now. */
export async function leftOversAt(
  parts: FolderNoticeParts & Pick<Session, 'requests' | 'folders'>,
  path: RemotePath,
  options: FileOptions,
): Promise<readonly LeftOver[]> {
  const request = requestFor('list', path, options);
  try {
    const { signal, attempts } = request;
    const contents = await parts.folders.folder(path, { signal, attempts, fresh: true });
    tellPartialListing(parts, path, contents);
    return leftOversAmong(parts, path, contents.entries);
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
}

/** Tells the user of a folder what is left out of it. */
export function tellLeftOvers(parts: FolderNoticeParts, path: RemotePath, entries: Entries): void {
  const [first, ...others] = leftOversAmong(parts, path, entries);
  if (first) parts.temporaryNames.leftOvers.fire({ path, leftOvers: [first, ...others] });
}

/** The same of a folder that is copied, for the log. */
export function tellLeftOut(parts: FolderNoticeParts, folder: RemotePath, entries: Entries): void {
  for (const { path } of leftOversAmong(parts, folder, entries)) {
    parts.logger.warn(`${path}, left by a save, was not copied`);
  }
}

function leftOversAmong(
  parts: FolderNoticeParts,
  folder: RemotePath,
  entries: Entries,
): LeftOver[] {
  const found: LeftOver[] = [];
  for (const entry of entries.values()) {
    const temporary = readTemporaryName(entry.name);
    if (!temporary || parts.temporaryNames.isUnderWay(temporary.id)) continue;
    const path = joinPath(folder, entry.name);
    const name = fileNameOf(entry.name, temporary, entries);
    const file = name === undefined ? undefined : joinPath(folder, name);
    const standing = name === undefined ? undefined : entries.get(name);
    found.push({ path, entry, ...(file && { file }), ...(standing && { standing }) });
  }
  return found;
}

// A long name lost its middle: it is the one that would be cut so, if there is exactly one.
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
