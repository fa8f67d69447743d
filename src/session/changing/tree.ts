import { joinPath, type RemotePath } from '../../base/paths.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { tellPart } from '../reading/leftOvers.ts';
import { readTemporaryName } from '../temporaryNames.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Request } from '../connections/requests.ts';
import type { Session } from '../session.ts';

/** What is in a folder; `inside` is left out of what is no folder, or was not looked into. */
export interface Branch {
  readonly entry: RemoteEntry;
  readonly inside?: readonly Branch[];
}

// Deeper than anybody builds: on servers that list links as folders they may lead back.
const maxDepth = 64;

/**
 * Looks through a folder that is to be deleted, before anything in it is. Rejects where a part of it
 * cannot be seen, and where a save of this very session is under way in it. `removeLink` is asked last
 * of what is listed as a folder and shows nothing: behind a link it need not be seen.
 */
export async function lookThrough(
  session: Session,
  request: Request,
  removeLink: (request: Request) => Promise<boolean>,
): Promise<readonly Branch[]> {
  const leftOvers: RemotePath[] = [];
  const unseen: RemoteFileError[] = [];
  const visit = async (folder: RemotePath, above: readonly RemoteEntry[]): Promise<Branch[]> => {
    const branches: Branch[] = [];
    for (const entry of await entriesOf(session, { ...request, path: folder }, unseen)) {
      request.signal.throwIfAborted();
      const path = joinPath(folder, entry.name);
      const temporary = readTemporaryName(entry.name);
      if (temporary && session.temporaryNames.isUnderWay(temporary.id)) {
        const more = `${entry.name} in it belongs to a save that is under way`;
        throw refusal('notEmpty', 'deleteDirectory', request.path, more);
      }
      if (temporary) leftOvers.push(path);
      const deeper = entry.type === 'directory' && !leadsBack(entry, above);
      branches.push(deeper ? { entry, inside: await visit(path, [...above, entry]) } : { entry });
    }
    return branches;
  };
  const branches = await visit(request.path, []);
  for (const error of unseen) {
    const isLink =
      error.path !== request.path && (await removeLink({ ...request, path: error.path }));
    if (!isLink) throw error;
  }
  for (const path of leftOvers) session.logger.warn(`${path}, left by a save, is deleted as well`);
  return branches;
}

function leadsBack({ unique }: RemoteEntry, above: readonly RemoteEntry[]): boolean {
  if (above.length >= maxDepth) return true;
  return unique !== undefined && above.some((folder) => folder.unique === unique);
}

async function entriesOf(
  session: Session,
  request: Request,
  unseen: RemoteFileError[],
): Promise<readonly RemoteEntry[]> {
  const { path, signal, attempts } = request;
  try {
    const contents = await session.folders.folder(path, { signal, attempts, fresh: true });
    tellPart(session, path, contents);
    return [...contents.entries.values()];
  } catch (error) {
    const told = await session.requests.translate(error, { ...request, intent: 'list' });
    if (!saysNo(error) || !(told instanceof RemoteFileError)) throw told;
    // Somebody else has deleted it: there is nothing to be seen.
    if (told.reason !== 'notFound') unseen.push(told);
    return [];
  }
}
