import type { ByteSource } from '../../base/bytes.ts';
import { parentOf, type RemotePath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { sameFacts } from '../known/fileIdentity.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Save } from './save.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import { type Sent, upload } from './upload.ts';
import { factsOf, hashOf, offeredHash, wantsBytes } from './writeCheck.ts';

/** What was sent, and what stood at the name while it was. */
export interface SentOver {
  readonly sent: Sent;
  readonly old: RemoteEntry | undefined;
  /** Where the facts are not enough and the server has no HASH: what stands there, being read. */
  readonly reading: Promise<string> | undefined;
}

/** True when one question about the name, asked together with the STOR, can be expected to decide. */
export function mayGoAlongside(save: Save): boolean {
  const { session, path } = save;
  const { habits } = session;
  if (!habits.tellsEntries || habits.takesNoTemporaryFile(parentOf(path))) return false;
  const known = session.folders.lookup(path);
  return known !== undefined && permits(save, known === 'absent' ? undefined : known);
}

/**
 * Sends the bytes to the temporary file while the server is asked what stands at the name; none of them
 * goes out before the answer is there and allows it. `undecided`: the answer asks for a closer look.
 */
export async function uploadAlongside(
  save: Save,
  attempt: RequestAttempt,
  temporary: RemotePath,
): Promise<SentOver | 'undecided'> {
  const { session, path } = save;
  const broken = new AbortController();
  // Not awaited: the questions and the STOR go out together.
  const asking = ask(save, attempt, broken.signal);
  asking.catch(() => {});
  try {
    const sent = await upload(attempt, temporary, behind(save, asking), path);
    const { old, reading } = await asking;
    return { sent, old: old && session.facts.learn(path, old), reading };
  } catch (error) {
    broken.abort(error);
    if (allows(save, await asking)) throw error;
    return 'undecided';
  }
}

interface Answer {
  readonly old: RemoteEntry | undefined;
  readonly sha256: string | undefined;
  readonly reading: Promise<string> | undefined;
}

async function ask(save: Save, attempt: RequestAttempt, broken: AbortSignal): Promise<Answer> {
  const { session, path, options } = save;
  const { expected } = options;
  const hashing = expected !== undefined && expected !== 'absent' && wantsBytes(expected, expected);
  const [old, sha256] = await awaitAll(
    session.facts.tell(attempt, path),
    hashing ? offeredHash(attempt, path) : Promise.resolve(undefined),
  );
  const answer = { old, sha256, reading: undefined };
  if (!hashing || !old || sha256 !== undefined || !allows(save, answer)) return answer;
  return { ...answer, reading: readBeside(save, broken) };
}

// By another connection where there is one: it costs bytes, and no round trip of the upload's.
function readBeside({ session, path, request }: Save, broken: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([request.signal, broken]);
  const reading = session.requests.perform({ ...request, intent: 'read', signal }, (attempt) =>
    hashOf(attempt, path),
  );
  reading.catch(() => {});
  return reading;
}

async function* behind(save: Save, asking: Promise<Answer>): AsyncGenerator<Uint8Array> {
  if (!allows(save, await asking))
    throw new Error('What stands at the name asks for a closer look');
  const source: ByteSource = save.source();
  yield* source;
}

function allows(save: Save, { old, sha256 }: Pick<Answer, 'old' | 'sha256'>): boolean {
  const { expected } = save.options;
  if (!permits(save, old)) return false;
  if (!old || expected === undefined || expected === 'absent') return true;
  if (sha256 !== undefined && sha256 !== expected.sha256) return false;
  return sameFacts(expected, factsOf(old));
}

// What a listing tells is enough for this; the facts of the very file are compared when they are there.
function permits({ session, path, options }: Save, old: RemoteEntry | undefined): boolean {
  const { create, overwrite, expected } = options;
  if (!old)
    return create && session.facts.provesAbsence(path) && (expected ?? 'absent') === 'absent';
  if (old.type !== 'file' || !overwrite || expected === 'absent') return false;
  if (expected === undefined || expected.settled) return true;
  // What is known by its bytes alone has no facts that could be the same.
  return expected.modified !== undefined && wantsBytes(expected, old);
}
