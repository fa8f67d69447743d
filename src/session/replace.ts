import type { RemotePath } from '../base/paths.ts';
import { ReplyError } from '../ftp/errors.ts';
import { type Move, move, type Moved, type Proof } from './move.ts';
import { neighbourOf } from './neighbours.ts';
import { RemoteFileError } from './remoteFileError.ts';
import type { RemoteEntry } from './remoteFileSystem.ts';
import type { Session } from './session.ts';

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
  return session.unbroken(() => replaceUnbroken(session, wish));
}

async function replaceUnbroken(session: Session, wish: Replacement): Promise<Moved> {
  const { habits } = session;
  if (!wish.old) return move(session, wish);
  if (habits.renameOver === 'untried') {
    const moved = await move(session, wish);
    // Only a final no can mean "not over an existing name".
    if (moved.kind !== 'refused' || !saysNever(moved.error)) return moved;
  }
  const moved = await replaceByWayOfAside(session, wish, wish.old);
  // Folders are not renamed over on most servers: that says nothing of files.
  if (moved.kind === 'moved' && wish.old.type === 'file') habits.renameOver = 'refused';
  return moved;
}

async function replaceByWayOfAside(
  session: Session,
  wish: Replacement,
  old: RemoteEntry,
): Promise<Moved> {
  const { to } = wish;
  const aside = neighbourOf(to, session.newId());
  const proof: Proof = { size: old.type === 'file' ? old.size : undefined, sha256: undefined };
  const put = await move(session, { from: to, to: aside, proof });
  if (put.kind === 'unknown') return lost(put.error, { to, old: aside });
  if (put.kind === 'refused') return put;
  const moved = await move(session, wish);
  if (moved.kind === 'moved') {
    await wish.removeOld(aside);
    return moved;
  }
  // Not over what may be the new file: whoever cannot tell moves nothing any more.
  if (moved.kind === 'unknown') return lost(moved.error, { to, old: aside });
  const back = await move(session, { from: aside, to, proof });
  return back.kind === 'moved' ? moved : lost(moved.error, { to, old: aside });
}

function lost(cause: unknown, { to, old }: { to: RemotePath; old: RemotePath }): Moved {
  const message = `The old ${to} may have been moved to ${old}`;
  return { kind: 'unknown', error: new Error(message, { cause }) };
}

function saysNever(error: unknown): boolean {
  return error instanceof ReplyError && error.remedy === 'none';
}

/** The error for a replacement of which nobody can tell whether it happened. */
export function doubt(path: RemotePath, bytesAt: RemotePath, cause: unknown): RemoteFileError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message =
    `${path} may or may not have been replaced: the connection was lost in that moment. ` +
    `The new bytes are under ${bytesAt} if they are not under their name. ${why}.`;
  return new RemoteFileError('unavailable', path, message, { cause });
}
