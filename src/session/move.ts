import type { RemotePath } from '../base/paths.ts';
import { FtpError, ReplyError } from '../ftp/errors.ts';
import { lookAt } from './looking.ts';
import type { RemoteEntry } from './remoteFileSystem.ts';
import type { Session, Work } from './session.ts';
import { offeredHash } from './writeCheck.ts';

/** What tells the moved file from another one of the same name. */
export interface Proof {
  readonly size: number | undefined;
  readonly sha256: string | undefined;
}

/** What became of a rename; `unknown` where the server could not be asked any more. */
export type Moved =
  | { readonly kind: 'moved'; readonly entry: RemoteEntry | undefined }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown };

export interface Move {
  readonly from: RemotePath;
  readonly to: RemotePath;
  readonly proof: Proof;
  /** The new name's facts are wanted too: asked for in the same go. */
  readonly facts?: boolean;
}

// A 4yz ("file busy") and a lost connection are tried again that often.
const maxAttempts = 3;
const pauseMs = 200;

// The last step of a change is not to be cut in the middle by a cancel; it has this time instead.
const moveMs = 60_000;

/**
 * Renames. A connection that is lost while the server renames leaves the question whether it did:
 * then another one looks, and the rename goes out again only when it has not happened.
 */
export async function move(session: Session, wish: Move): Promise<Moved> {
  using deadline = session.clock.deadline(moveMs, `renaming ${wish.from}`, session.lifetime);
  const { signal } = deadline;
  let doubtful = false;
  for (let attempt = 1; ; attempt++) {
    const tried = await tryMove(session, wish, signal);
    if (tried.kind === 'moved') return tried;
    doubtful ||= tried.kind === 'unknown';
    // Nothing was sent, or the reply said no and no earlier attempt can still have happened.
    if (!doubtful && !mayRepeat(tried.error)) return tried;
    if (doubtful) {
      const looked = await look(session, wish, signal);
      if (looked !== 'unmoved') return looked;
      if (tried.kind === 'refused' && !mayRepeat(tried.error)) return tried;
    }
    if (attempt === maxAttempts) return { kind: 'refused', error: tried.error };
    try {
      await session.clock.sleep(pauseMs, signal);
    } catch {
      return { kind: 'refused', error: tried.error };
    }
  }
}

async function tryMove(session: Session, wish: Move, signal: AbortSignal): Promise<Moved> {
  let sent = false;
  const act = async (work: Work): Promise<RemoteEntry | undefined> => {
    const { from, to, facts = false } = wish;
    sent = true;
    const renaming = work.connection.rename(from, to, { signal: work.signal });
    // Not awaited: the question for the new facts goes out together with the rename.
    const asking = facts ? work.connection.entry(to, { signal: work.signal }) : undefined;
    asking?.catch(() => {});
    await renaming;
    return asking?.catch(() => undefined);
  };
  try {
    const entry = await session.perform(
      { intent: 'rename', path: wish.from, lane: 'finishing', signal, mayRepeat: () => false },
      act,
    );
    return { kind: 'moved', entry };
  } catch (error) {
    return { kind: sent && isDoubtful(error) ? 'unknown' : 'refused', error };
  }
}

// Only a reply says that it has not been done.
function isDoubtful(error: unknown): boolean {
  return !(error instanceof ReplyError) || error.remedy === 'reconnect';
}

function mayRepeat(error: unknown): boolean {
  return error instanceof FtpError && error.remedy !== 'none';
}

async function look(
  session: Session,
  { from, to, proof }: Move,
  signal: AbortSignal,
): Promise<Moved | 'unmoved'> {
  try {
    return await session.perform(
      { intent: 'stat', path: to, lane: 'finishing', signal },
      async (work) => {
        if (await lookAt(session, work, from, { by: 'listing' })) return 'unmoved';
        const entry = await lookAt(session, work, to, { by: 'listing' });
        if (entry && (await proves(work, to, { entry, proof }))) return { kind: 'moved', entry };
        return {
          kind: 'unknown',
          error: new Error(`Neither ${from} nor its bytes at ${to} are there`),
        };
      },
    );
  } catch (error) {
    return { kind: 'unknown', error };
  }
}

async function proves(
  work: Work,
  path: RemotePath,
  { entry, proof }: { readonly entry: RemoteEntry; readonly proof: Proof },
): Promise<boolean> {
  if (proof.size !== undefined && entry.size !== undefined && proof.size !== entry.size)
    return false;
  if (proof.sha256 === undefined) return true;
  const sha256 = await offeredHash(work, path);
  return sha256 === undefined || sha256 === proof.sha256;
}
