import type { RemotePath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { type RequestAttempt, requestFor } from '../connections/requests.ts';
import { refusal } from '../errorTranslation.ts';
import { identityOf, sameFacts } from '../known/fileIdentity.ts';
import type {
  Comparison,
  Expected,
  FileIdentity,
  FileOptions,
  RemoteEntry,
} from '../remoteFileSystem.ts';
import { compare, factsOf, offeredHash, type Verdict, wantsBytes } from '../saving/writeCheck.ts';
import type { ReadingParts } from './reading.ts';

/** Asks the server anew whether what stands at a path is still what somebody's bytes came from. */
export async function compareFile(
  parts: ReadingParts,
  path: RemotePath,
  expected: Expected,
  options: FileOptions,
): Promise<Comparison> {
  const request = requestFor('stat', path, options);
  // What is read and written behind a link is its target.
  const target = await parts.links.resolve(path, request);
  const verdict = await parts.requests.run(request, (attempt) =>
    check(parts, attempt, target, expected),
  );
  const { old } = verdict;
  if (!old) throw refusal('notFound', 'stat', path);
  const link = parts.folders.lookup(path);
  const isLink = target !== path && link !== undefined && link !== 'absent';
  const { size, modified, precision } = old;
  const entry = isLink ? { ...link, size, modified, precision, targetType: 'file' as const } : old;
  if (verdict.kind === 'go') return { kind: 'same', entry };
  return { kind: 'other', entry, found: verdict.found };
}

/**
 * Asks once more when the server's clock has moved on: from then on every other write has another
 * time. `undefined` where that proves nothing: another file, or a clock that is not known.
 */
export async function settle(
  parts: ReadingParts,
  path: RemotePath,
  identity: FileIdentity,
  options: FileOptions,
): Promise<FileIdentity | undefined> {
  // Its bytes are compared at each write: its facts need no proof.
  if (wantsBytes(identity, identity)) return undefined;
  const request = requestFor('stat', path, options, 'background');
  const target = await parts.links.resolve(path, request);
  const known = parts.folders.lookup(target);
  if (known === undefined || known === 'absent') return undefined;
  const wait = parts.habits.clock.settlesAfter(known);
  if (wait === undefined) return undefined;
  await parts.clock.sleep(wait, request.signal);
  return parts.requests.run(request, async (attempt) => {
    const at = parts.clock.now();
    const { kind, old } = await check(parts, attempt, target, identity);
    if (kind !== 'go' || !old || !sameFacts(identity, factsOf(old))) return undefined;
    return parts.habits.clock.settled(old, at) ? { ...identity, settled: true } : undefined;
  });
}

type Checked = Verdict & { readonly old: RemoteEntry | undefined };

// Of a file whose facts are the same only a hash that the server offers is asked for, in the same
// write: where it has none, a save reads the file beside its upload.
async function check(
  parts: ReadingParts,
  attempt: RequestAttempt,
  path: RemotePath,
  expected: Expected,
): Promise<Checked> {
  const at = parts.clock.now();
  const hashing = expected !== 'absent' && wantsBytes(expected, expected);
  const [old, sha256] = await awaitAll(
    parts.facts.at(attempt, path),
    hashing ? offeredHash(attempt, path) : Promise.resolve(undefined),
  );
  if (!old || expected === 'absent' || !sameFacts(expected, factsOf(old))) {
    const verdict = await compare(parts, attempt, path, { expected, old, at });
    return { ...verdict, old };
  }
  if (sha256 === undefined || sha256 === expected.sha256) return { kind: 'go', old };
  const settled = parts.habits.clock.settled(old, at);
  return { kind: 'conflict', found: identityOf(old, { sha256, settled }), old };
}
