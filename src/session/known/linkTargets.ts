import { parentOf } from '../../base/paths.ts';
import { silentWhereNo } from '../errorTranslation.ts';
import { followLinks, type Place } from './links.ts';
import type { Behind } from './linkTypes.ts';
import { lookAt, throughServer } from './exactFacts.ts';
import type { RemoteEntry, StatEntry } from '../remoteFileSystem.ts';
import type { Session, Step } from '../session.ts';

/** How much may be asked about the links of one listing. */
export interface Asking {
  /** How many more links the server may be asked about. */
  left: number;
  /** What is known of targets in other folders is not enough. */
  readonly fresh: boolean | 'exact';
}

/**
 * A link with what it leads to: the size, the time and the identity are those of its target, as
 * whoever opens it gets that. A target that is another than was told last is told as a change of it.
 */
export async function withTarget(
  session: Session,
  entry: RemoteEntry,
  step: Step,
  asking: Asking,
): Promise<StatEntry> {
  if (entry.type !== 'symlink') return entry;
  const { path, signal } = step;
  try {
    const told = await targetOf(session, entry, step, asking);
    const other = session.linkTypes.tell(path, told);
    if (other) session.changes.fire([{ path, type: 'changed' }]);
    return told;
  } catch {
    // The link itself is known; where it leads to may be asked again.
    signal.throwIfAborted();
    return entry;
  }
}

async function targetOf(
  session: Session,
  link: RemoteEntry,
  step: Step,
  asking: Asking,
): Promise<StatEntry> {
  const place = await followLinks(session, step.path, step.signal);
  const seen = place?.entry && (await seenNow(session, place, step, asking));
  if (seen) {
    const { type } = seen;
    if (type === 'file') return throughLink(link, seen);
    return type === 'directory' ? { ...link, targetType: type } : link;
  }
  if (asking.left-- <= 0) return link;
  const { type, file } = await askBehind(session, link, step, asking);
  return file ? throughLink(link, file) : { ...link, ...(type && { targetType: type }) };
}

// A listing of the link's own folder is as new for its target as for the link.
async function seenNow(
  session: Session,
  { path, entry }: Place,
  step: Step,
  asking: Asking,
): Promise<RemoteEntry | undefined> {
  const same = parentOf(path) === parentOf(step.path);
  if (!asking.fresh || entry?.type !== 'file' || (same && step.intent === 'list')) return entry;
  if (asking.left-- <= 0) return entry;
  const now = await session.perform(step, (work) => lookAt(session, work, path));
  return now && (asking.fresh === 'exact' ? now : session.folders.learn(path, now));
}

/**
 * What a link leads to, by trying: for a target that the server does not tell (Pure-FTPd 1.0.50 in
 * MLSD), or that it names as it stands on its disk, where its users begin further down.
 */
async function askBehind(
  session: Session,
  link: RemoteEntry,
  step: Step,
  { fresh }: Asking,
): Promise<Behind> {
  const { path, signal } = step;
  const known = session.linkTypes.get(path, link);
  if (known && !(fresh && known.type === 'file')) return known;
  const file = await session.perform(step, (work) => throughServer(work, path, link));
  const behind: Behind =
    file === link ? { type: (await isFolder()) ? 'directory' : undefined } : { type: 'file', file };
  session.linkTypes.set(path, link, behind);
  return behind;

  async function isFolder(): Promise<boolean> {
    return (await silentWhereNo(session.folders.folder(path, { signal }))) !== undefined;
  }
}

// What only the link itself has, a mode of 0777 and the length of its text, is nothing to go by.
function throughLink({ name, target }: RemoteEntry, file: RemoteEntry): StatEntry {
  const { target: _, ...facts } = file;
  const own = { name, type: 'symlink', ...(target !== undefined && { target }) } as const;
  return { ...facts, ...own, targetType: 'file' };
}
