import { isTemporaryName } from '../session/temporaryNames.ts';
import { type LocalEntry, LocalFileError, type LocalFiles } from './localFiles.ts';
import { folded, whyNotLocalName } from './localNames.ts';
import type { Side, SideEntry } from './side.ts';

/** The files of this machine as one side of a copy. */
export function localSide(local: LocalFiles): Side<string> {
  return {
    // Links are not followed, so a local tree cannot be endless.
    deepest: Infinity,
    join: (folder, name) => local.join(folder, name),
    parentOf: (path) => local.parentOf(path),
    newNames: () => newNames(local.platform),
    kindOf: (path) => local.kindOf(path),
    look: (path) => entryAt(local, path),
    list: async (folder) => {
      const entries = await local.list(folder);
      return await Promise.all(entries.map((entry) => entryOf(local, folder, entry)));
    },
    read: async ({ path }, take) => take({ pieces: local.read(path) }),
    write: (path, { pieces, modified }, { signal }) =>
      local.write(path, pieces(), { modified, signal }),
    makeFolders: (path) => local.makeFolders(path),
    makeFolder: (path) => local.makeFolder(path),
    // A failure with one file says nothing about the next one.
    recover: async () => {},
  };
}

function newNames(platform: NodeJS.Platform): (name: string) => string | undefined {
  const taken = new Map<string, string>();
  return (name) => {
    const why = whyNotLocalName(name, platform);
    if (why !== undefined) return why;
    const same = folded(name, platform);
    const other = taken.get(same);
    if (other !== undefined) return `${other} has the same name on this machine`;
    taken.set(same, name);
    return undefined;
  };
}

async function entryAt(local: LocalFiles, path: string): Promise<SideEntry<string>> {
  const kind = await local.kindOf(path);
  if (kind === undefined) throw new LocalFileError(`${path} does not exist.`);
  if (kind === 'other') throw new LocalFileError(`${path} is neither a file nor a folder.`);
  return { path, name: local.nameOf(path), kind };
}

async function entryOf(
  local: LocalFiles,
  folder: string,
  { name, kind }: LocalEntry,
): Promise<SideEntry<string>> {
  const path = local.join(folder, name);
  if (!isTemporaryName(name)) return { path, name, kind };
  // Its size and time help the user to decide about it.
  return { path, name, kind: 'leftOver', ...(await local.stat(path)) };
}
