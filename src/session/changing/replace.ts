import { errorMessage } from '../../base/errorMessage.ts';
import type { RemotePath } from '../../base/paths.ts';
import { type Move, move, type Moved, type Proof } from './move.ts';
import { temporaryNameOf } from '../temporaryNames.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';

export interface Replacement extends Move {
  /** What is at the new name; `undefined` when nothing is. */
  readonly old: RemoteEntry | undefined;
  /** Takes away what was there, once it stands aside and the new one is in its place. */
  readonly removeOld: (aside: RemotePath) => Promise<unknown>;
}

/**
 * Puts one name in the place of another: in one step where the server renames over what is there,
 * else by moving the old one aside first. Whole bytes are under a name at every moment,
 * and the session does not close in between.
 */
export async function replace(session: Session, wish: Replacement): Promise<Moved> {
  return session.lifetime.uninterrupted(() => replaceUninterrupted(session, wish));
}

async function replaceUninterrupted(session: Session, wish: Replacement): Promise<Moved> {
  const { renames } = session.habits;
  if (!wish.old) return move(session, wish);
  if (renames.over === 'untried') {
    const moved = await move(session, wish);
    // Only a final no can mean "not over an existing name".
    if (moved.kind !== 'refused' || !moved.never) return moved;
  }
  const moved = await replaceByWayOfAside(session, wish, wish.old);
  // Folders are not renamed over on most servers: that says nothing of files.
  if (moved.kind === 'moved' && wish.old.type === 'file') renames.refusesRenameOver();
  return moved;
}

async function replaceByWayOfAside(
  session: Session,
  wish: Replacement,
  old: RemoteEntry,
): Promise<Moved> {
  const { from, to, attempts } = wish;
  const aside = temporaryNameOf(to, session.newId());
  const size = old.type === 'file' ? old.size : undefined;
  const proof: Proof = { type: old.type, size, sha256: undefined };
  const put = await move(session, { from: to, to: aside, proof, attempts });
  if (put.kind === 'unknown') return inDoubt(put.error, `The old ${to} may stand at ${aside}`);
  if (put.kind === 'refused') return put;
  const moved = await move(session, wish);
  if (moved.kind === 'moved') {
    await wish.removeOld(aside);
    return moved;
  }
  // Not over what may be the new file: whoever cannot tell moves nothing any more.
  if (moved.kind === 'unknown') return inDoubt(moved.error, `The old ${to} stands at ${aside}`);
  const back = await move(session, {
    from: aside,
    to,
    proof,
    attempts: attempts.afterwards,
  });
  if (back.kind === 'moved') return moved;
  const where = back.kind === 'refused' ? 'stands' : 'may stand';
  return inDoubt(moved.error, `${from} was not renamed, and the old ${to} ${where} at ${aside}`);
}

function inDoubt(cause: unknown, message: string): Moved {
  return { kind: 'unknown', error: new Error(`${message}: ${reasonOf(cause)}`, { cause }) };
}

/** The error for a replacement of which nobody can tell whether it happened. */
export function doubt(path: RemotePath, bytesAt: RemotePath, cause: unknown): RemoteFileError {
  const message =
    `${path} may or may not have been replaced. What was to take its place stands at ${bytesAt} ` +
    `if it is not there. ${reasonOf(cause)}.`;
  return new RemoteFileError('unavailable', path, message, { cause });
}

function reasonOf(error: unknown): string {
  return errorMessage(error).replace(/\.$/, '');
}
