import type { Clock } from '../../base/clock.ts';
import type { ExactFacts } from '../known/exactFacts.ts';
import type { ServerClock } from '../known/serverClock.ts';
import { refusal, silentWhereNo } from '../errorTranslation.ts';
import { ContentMeter, identityOf, sameFacts } from '../known/fileIdentity.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { Expected, FileIdentity, RemoteEntry, WriteOptions } from '../remoteFileSystem.ts';
import type { RequestAttempt } from '../connections/requests.ts';

/** Whether a write may go on over what is there. */
export type Verdict =
  | { readonly kind: 'go'; readonly old: RemoteEntry | undefined }
  | { readonly kind: 'conflict'; readonly found: Expected };

/** What checking a write takes of a session. */
export interface WriteCheckParts {
  readonly facts: ExactFacts;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly largestFile: number;
}

type Rules = Pick<WriteOptions, 'create' | 'overwrite' | 'expected'>;

/** Asks the server anew what is at a path, and whether a write with these options may replace it. */
export async function checkWrite(
  session: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  rules: Rules,
): Promise<Verdict> {
  const at = session.clock.now();
  const old = await session.facts.behindLink(attempt, path);
  obeyRules(path, old, rules);
  if (rules.expected === undefined) return { kind: 'go', old };
  return compare(session, attempt, path, { expected: rules.expected, old, at });
}

/** The same once more, right before the rename: facts that have not changed since need no more. */
export async function checkAgain(
  session: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  { rules, before }: { readonly rules: Rules; readonly before: RemoteEntry | undefined },
): Promise<Verdict> {
  if (rules.expected === undefined && rules.overwrite) return { kind: 'go', old: before };
  const at = session.clock.now();
  const old = await session.facts.behindLink(attempt, path);
  obeyRules(path, old, rules);
  if (rules.expected === undefined || unchanged(before, old)) return { kind: 'go', old };
  return compare(session, attempt, path, { expected: rules.expected, old, at });
}

function obeyRules(path: RemotePath, old: RemoteEntry | undefined, rules: Rules): void {
  if (old?.type === 'directory') throw refusal('isADirectory', 'write', path);
  if (old && !rules.overwrite) throw refusal('exists', 'write', path);
  if (!old && !rules.create) throw refusal('notFound', 'write', path);
}

function unchanged(before: RemoteEntry | undefined, now: RemoteEntry | undefined): boolean {
  if (!before || !now) return before === now;
  return sameFacts(factsOf(before), factsOf(now));
}

/** What a listing or an exact question tells, and no more. */
export function factsOf(entry: RemoteEntry): FileIdentity {
  return identityOf(entry, { sha256: undefined, settled: false });
}

/**
 * Up to this size the bytes are compared even where all facts are the same: `cp -p` and `rsync -t`
 * leave time and size as they were. They cost no round trip, for they travel beside the upload.
 */
const comparedBytes = 256 * 1024;

/** True when the hash of what is there is asked for, whatever its facts are. */
export function wantsBytes(expected: FileIdentity, { size }: Pick<RemoteEntry, 'size'>): boolean {
  return expected.sha256 !== undefined && (size ?? expected.size ?? Infinity) <= comparedBytes;
}

interface Comparison {
  readonly expected: Expected;
  readonly old: RemoteEntry | undefined;
  readonly at: number;
}

/**
 * Facts prove that it is the same file only when they had settled and it is too large to be read
 * each time; otherwise its bytes do.
 */
export async function compare(
  session: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  { expected, old, at }: Comparison,
): Promise<Verdict> {
  if (!old)
    return expected === 'absent' ? { kind: 'go', old } : { kind: 'conflict', found: 'absent' };
  if (expected !== 'absent' && expected.settled && !wantsBytes(expected, old)) {
    if (sameFacts(expected, factsOf(old))) return { kind: 'go', old };
  }
  const wanted = expected === 'absent' ? undefined : expected.sha256;
  const sha256 = await hashWhereUseful(session, attempt, path, { old, wanted });
  if (sha256 !== undefined && sha256 === wanted) return { kind: 'go', old };
  const settled = session.serverClock.settled(old, at);
  return { kind: 'conflict', found: identityOf(old, { sha256, settled }) };
}

// The hash of what is there decides, or lets the user allow a write over exactly that. For the latter
// alone a huge file is not worth its way.
async function hashWhereUseful(
  session: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  { old, wanted }: { readonly old: RemoteEntry; readonly wanted: string | undefined },
): Promise<string | undefined> {
  const small = old.size === undefined || old.size <= session.largestFile;
  if (wanted === undefined && !small) return undefined;
  return (await offeredHash(attempt, path)) ?? (await hashOf(attempt, path));
}

/** The server's own hash of a file; `undefined` where it has none or refuses. */
export async function offeredHash(
  { connection, signal }: RequestAttempt,
  path: RemotePath,
): Promise<string | undefined> {
  return (await silentWhereNo(connection.sha256(path, { signal })))?.toLowerCase();
}

/** The hash of a file, by reading it. */
export async function hashOf(attempt: RequestAttempt, path: RemotePath): Promise<string> {
  const meter = new ContentMeter();
  await using retrieval = await attempt.connection.retrieve(path, attempt);
  for await (const piece of retrieval.bytes) meter.add(piece);
  return meter.sha256();
}
