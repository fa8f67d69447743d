import type { ByteSource } from '../base/bytes.ts';
import { parentOf, type RemotePath } from '../base/paths.ts';
import { identityOf, sameFacts } from './fileIdentity.ts';
import { exactEntry } from './exactEntry.ts';
import { isSilentOfAbsent, withKnownMode } from './looking.ts';
import type { RemoteEntry } from './remoteFileSystem.ts';
import type { Save } from './save.ts';
import type { Work } from './session.ts';
import { type Sent, upload } from './upload.ts';

/** What was sent, and what stood at the name while it was. */
export interface SentOver {
  readonly sent: Sent;
  readonly old: RemoteEntry | undefined;
}

/** True when one question about the name, asked together with the STOR, can be expected to decide. */
export function mayGoAlongside(save: Save): boolean {
  const { session, path } = save;
  const { habits } = session;
  if (!habits.tellsEntries || habits.takesNoNewNames(parentOf(path))) return false;
  const known = session.folders.lookup(path);
  return known !== undefined && permits(save, known === 'absent' ? undefined : known);
}

/**
 * Sends the bytes to the neighbour while the server is asked what stands at the name; none of them
 * goes out before the answer is there and allows it. `undecided`: the answer asks for a closer look.
 */
export async function uploadAlongside(
  save: Save,
  work: Work,
  neighbour: RemotePath,
): Promise<SentOver | 'undecided'> {
  const { session, path } = save;
  // Not awaited: the question and the STOR go out together.
  const asking = exactEntry(session, work, path);
  asking.catch(() => {});
  try {
    const sent = await upload(work, neighbour, behind(save, asking));
    const old = await asking;
    return { sent, old: old && withKnownMode(session, path, old) };
  } catch (error) {
    if (allows(save, await asking)) throw error;
    return 'undecided';
  }
}

async function* behind(
  save: Save,
  asking: Promise<RemoteEntry | undefined>,
): AsyncGenerator<Uint8Array> {
  if (!allows(save, await asking))
    throw new Error('What stands at the name asks for a closer look');
  const source: ByteSource = save.source();
  yield* source;
}

function allows(save: Save, old: RemoteEntry | undefined): boolean {
  const { expected } = save.options;
  if (!permits(save, old)) return false;
  if (!old || expected === undefined || expected === 'absent') return true;
  return sameFacts(expected, identityOf(old, { sha256: undefined, settled: false }));
}

// What a listing tells is enough for this; the facts of the very file are compared when they are there.
function permits({ session, path, options }: Save, old: RemoteEntry | undefined): boolean {
  const { create, overwrite, expected } = options;
  if (!old) return create && isSilentOfAbsent(session, path) && (expected ?? 'absent') === 'absent';
  if (old.type !== 'file' || !overwrite || expected === 'absent') return false;
  return expected === undefined || expected.settled;
}
