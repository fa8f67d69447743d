import type { RemotePath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { refusal } from '../errorTranslation.ts';
import { identityOf, sameFacts } from '../known/fileIdentity.ts';
import { followLinks } from '../known/links.ts';
import { lookAt } from '../known/exactFacts.ts';
import type {
  Comparison,
  Expected,
  FileIdentity,
  FileOptions,
  RemoteEntry,
} from '../remoteFileSystem.ts';
import type { Session, Step, Work } from '../session.ts';
import { compare, factsOf, offeredHash, type Verdict, wantsBytes } from '../saving/writeCheck.ts';

/** Asks the server anew whether what stands at a path is still what somebody's bytes came from. */
export async function compareFile(
  session: Session,
  path: RemotePath,
  expected: Expected,
  options: FileOptions,
): Promise<Comparison> {
  const step = session.step('stat', path, options);
  // What is read and written behind a link is its target.
  const target = await targetOf(session, step);
  const verdict = await session.run(step, (work) => check(session, work, target, expected));
  const { old } = verdict;
  if (!old) throw refusal('notFound', 'stat', path);
  const link = session.folders.lookup(path);
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
  session: Session,
  path: RemotePath,
  identity: FileIdentity,
  options: FileOptions,
): Promise<FileIdentity | undefined> {
  // Its bytes are compared at each write: its facts need no proof.
  if (wantsBytes(identity, identity)) return undefined;
  const step = session.step('stat', path, options, 'background');
  const target = await targetOf(session, step);
  const known = session.folders.lookup(target);
  if (known === undefined || known === 'absent') return undefined;
  const wait = session.habits.clock.settlesAfter(known);
  if (wait === undefined) return undefined;
  await session.clock.sleep(wait, step.signal);
  return session.run(step, async (work) => {
    const at = session.clock.now();
    const { kind, old } = await check(session, work, target, identity);
    if (kind !== 'go' || !old || !sameFacts(identity, factsOf(old))) return undefined;
    return session.habits.clock.settled(old, at) ? { ...identity, settled: true } : undefined;
  });
}

async function targetOf(session: Session, { path, signal }: Step): Promise<RemotePath> {
  const place = await followLinks(session, path, signal);
  return place?.entry ? place.path : path;
}

type Checked = Verdict & { readonly old: RemoteEntry | undefined };

// Of a file whose facts are the same only a hash that the server offers is asked for, in the same
// write: where it has none, a save reads the file beside its upload.
async function check(
  session: Session,
  work: Work,
  path: RemotePath,
  expected: Expected,
): Promise<Checked> {
  const at = session.clock.now();
  const hashing = expected !== 'absent' && wantsBytes(expected, expected);
  const [old, sha256] = await awaitAll(
    lookAt(session, work, path),
    hashing ? offeredHash(work, path) : Promise.resolve(undefined),
  );
  if (!old || expected === 'absent' || !sameFacts(expected, factsOf(old))) {
    const verdict = await compare(session, work, path, { expected, old, at });
    return { ...verdict, old };
  }
  if (sha256 === undefined || sha256 === expected.sha256) return { kind: 'go', old };
  const settled = session.habits.clock.settled(old, at);
  return { kind: 'conflict', found: identityOf(old, { sha256, settled }), old };
}
