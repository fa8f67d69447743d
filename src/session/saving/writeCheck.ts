import { awaitAll } from '../../base/concurrency.ts';
import { parentOf, type RemotePath } from '../../base/paths.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import { refusal, undefinedWhereNo } from '../errorTranslation.ts';
import { ContentMeter, identityOf, sameFacts } from '../known/fileIdentity.ts';
import type { Expected, FileIdentity, RemoteEntry, WriteOptions } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';

/** Whether a write may replace what is there. */
export type Verdict =
  | { readonly kind: 'go'; readonly old: RemoteEntry | undefined }
  | { readonly kind: 'conflict'; readonly found: Expected };

/** What checking a write takes of a session. */
export type WriteCheckParts = Pick<Session, 'facts' | 'clock' | 'habits' | 'largestFile'>;

type WhileUploadingParts = Pick<Session, 'facts' | 'folders' | 'habits' | 'clock'>;

type Rules = Pick<WriteOptions, 'create' | 'overwrite' | 'expected'>;

/** Asks the server what stands at a path now, and says whether a write by these rules may replace it. */
export async function checkWrite(
  parts: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  rules: Rules,
): Promise<Verdict> {
  const at = parts.clock.now();
  // Not asked one after the other: the hash is wanted whatever the facts are.
  const [old, sha256] = await awaitAll(
    parts.facts.behindLink(attempt, path),
    comparesBytes(rules) ? offeredHash(attempt, path) : Promise.resolve(undefined),
  );
  obeyRules(path, old, rules);
  if (rules.expected === undefined) return { kind: 'go', old };
  return compare(parts, attempt, path, { expected: rules.expected, old, at, sha256 });
}

/** The same once more, right before the rename: where the facts have not changed since, they are enough. */
export async function checkAgain(
  parts: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  { rules, before }: { readonly rules: Rules; readonly before: RemoteEntry | undefined },
): Promise<Verdict> {
  if (rules.expected === undefined && rules.overwrite) return { kind: 'go', old: before };
  const at = parts.clock.now();
  const old = await parts.facts.behindLink(attempt, path);
  obeyRules(path, old, rules);
  if (rules.expected === undefined || isUnchanged(before, old)) return { kind: 'go', old };
  return compare(parts, attempt, path, { expected: rules.expected, old, at });
}

function obeyRules(path: RemotePath, old: RemoteEntry | undefined, rules: Rules): void {
  if (old?.type === 'directory') throw refusal('isADirectory', 'write', path);
  if (old && !rules.overwrite) throw refusal('exists', 'write', path);
  if (!old && !rules.create) throw refusal('notFound', 'write', path);
}

function isUnchanged(before: RemoteEntry | undefined, now: RemoteEntry | undefined): boolean {
  if (!before || !now) return before === now;
  return sameFacts(factsOf(before), factsOf(now));
}

/** True where one question during the upload, and no check before it, can be expected to decide. */
export function mayUploadWhileAsking(
  parts: WhileUploadingParts,
  path: RemotePath,
  rules: Rules,
): boolean {
  const { habits } = parts;
  if (!habits.tellsEntries || habits.refusesTemporaryNames(parentOf(path))) return false;
  const known = parts.folders.lookup(path);
  if (known === undefined) return false;
  const old = known === 'absent' ? undefined : known;
  return isPermitted(parts, path, rules, { old, at: parts.clock.now() });
}

/** True when the hash of what stands at the name decides, whatever its facts are. */
export function comparesBytes({ expected }: Rules): boolean {
  return expected !== undefined && expected !== 'absent' && wantsBytes(expected, expected);
}

/**
 * True where the server's own hash of what stands at the name will say whether a save may go on: of a
 * small file, and of one that we have written so lately that its facts prove nothing yet.
 */
export function decidesByHash(parts: WhileUploadingParts, path: RemotePath, rules: Rules): boolean {
  const { expected } = rules;
  if (!parts.habits.hashes || expected === undefined || expected === 'absent') return false;
  if (comparesBytes(rules)) return true;
  const old = parts.folders.lookup(path);
  if (expected.written !== true || old === undefined || old === 'absent') return false;
  return !hasSettled(parts, expected, { old, at: parts.clock.now() });
}

/** True where a write may take the place of any file that stands there. */
export function replacesAny({ create, overwrite, expected }: Rules): boolean {
  return create && overwrite && expected === undefined;
}

/** True when the answer allows the write; otherwise `checkWrite` takes a closer look. */
export function mayGoOn(
  parts: WhileUploadingParts,
  path: RemotePath,
  rules: Rules,
  { old, at }: { readonly old: RemoteEntry | undefined; readonly at: number },
): boolean {
  const { expected } = rules;
  if (!isPermitted(parts, path, rules, { old, at })) return false;
  if (!old || expected === undefined || expected === 'absent') return true;
  if (!comparesBytes(rules) && !hasSettled(parts, expected, { old, at })) return false;
  return sameFacts(expected, factsOf(old));
}

// A listing is enough for this. `mayGoOn` compares the exact facts as well.
function isPermitted(
  parts: WhileUploadingParts,
  path: RemotePath,
  { create, overwrite, expected }: Rules,
  { old, at }: { readonly old: RemoteEntry | undefined; readonly at: number },
): boolean {
  if (!old) return create && parts.facts.provesAbsence(path) && (expected ?? 'absent') === 'absent';
  if (old.type !== 'file' || !overwrite || expected === 'absent') return false;
  if (expected === undefined || hasSettled(parts, expected, { old, at })) return true;
  // Of a file that is known by its bytes alone there are no facts to compare.
  if (expected.modified === undefined) return false;
  return wantsBytes(expected, old) || (expected.written === true && parts.habits.hashes);
}

/**
 * True where the same facts at that time prove the same file: they had settled before, or they are those
 * of our own write and have settled since.
 */
function hasSettled(
  { habits }: Pick<Session, 'habits'>,
  expected: FileIdentity,
  { old, at }: { readonly old: RemoteEntry; readonly at: number },
): boolean {
  return expected.settled || (expected.written === true && habits.clock.settled(old, at));
}

/** The identity that a listing or an exact question tells: without the bytes. */
export function factsOf(entry: RemoteEntry): FileIdentity {
  return identityOf(entry, { sha256: undefined, settled: false });
}

/**
 * Up to this size the bytes are compared even where all facts are the same: `cp -p` and `rsync -t`
 * leave time and size as they were. That costs no round trip: they are read during the upload.
 */
const comparedBytes = 256 * 1024;

/** True where the hash of what is there is compared, whatever its facts are. */
export function wantsBytes(expected: FileIdentity, { size }: Pick<RemoteEntry, 'size'>): boolean {
  return expected.sha256 !== undefined && (size ?? expected.size ?? Infinity) <= comparedBytes;
}

interface Comparison {
  readonly expected: Expected;
  readonly old: RemoteEntry | undefined;
  readonly at: number;
  /** The server's hash of it, where it was asked for already. */
  readonly sha256?: string | undefined;
}

/**
 * Compares what is there with what is expected. The facts alone prove that it is the same file only
 * where they had settled, and where the file is too large to be read each time. Otherwise its bytes do.
 */
export async function compare(
  parts: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  { expected, old, at, sha256: told }: Comparison,
): Promise<Verdict> {
  if (!old)
    return expected === 'absent' ? { kind: 'go', old } : { kind: 'conflict', found: 'absent' };
  if (expected !== 'absent' && !wantsBytes(expected, old)) {
    const isSame = sameFacts(expected, factsOf(old));
    if (isSame && hasSettled(parts, expected, { old, at })) return { kind: 'go', old };
  }
  const wanted = expected === 'absent' ? undefined : expected.sha256;
  const sha256 = told ?? (await hashWhereUseful(parts, attempt, path, { old, wanted }));
  if (sha256 !== undefined && sha256 === wanted) return { kind: 'go', old };
  const settled = parts.habits.clock.settled(old, at);
  return { kind: 'conflict', found: identityOf(old, { sha256, settled }) };
}

// The hash of what is there decides, or lets the user allow a write over exactly that file. A huge file
// is not read for the latter alone.
async function hashWhereUseful(
  parts: WriteCheckParts,
  attempt: RequestAttempt,
  path: RemotePath,
  { old, wanted }: { readonly old: RemoteEntry; readonly wanted: string | undefined },
): Promise<string | undefined> {
  const small = old.size === undefined || old.size <= parts.largestFile;
  if (wanted === undefined && !small) return undefined;
  return (await offeredHash(attempt, path)) ?? (await hashOf(attempt, path));
}

/** The server's own hash of a file; `undefined` where it has none or refuses. */
export async function offeredHash(
  { connection, signal }: RequestAttempt,
  path: RemotePath,
): Promise<string | undefined> {
  return (await connection.sha256(path, { signal }).catch(undefinedWhereNo))?.toLowerCase();
}

/** The hash of a file, by reading it. */
export async function hashOf(attempt: RequestAttempt, path: RemotePath): Promise<string> {
  const meter = new ContentMeter();
  await using retrieval = await attempt.connection.retrieve(path, attempt);
  for await (const piece of retrieval.bytes) meter.add(piece);
  return meter.sha256();
}
