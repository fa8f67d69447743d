import { forEachOf } from '../base/concurrency.ts';
import type { TransferObserver } from '../session/remoteFileSystem.ts';
import type { Side, SideEntry } from './side.ts';
import { filesBelow, type Pair } from './walk.ts';

/** The side to copy from and the side to copy to. */
export interface Sides<P extends string, Q extends string> {
  readonly from: Side<P>;
  readonly to: Side<Q>;
}

/** What is copied to where, as with `cp`. */
export interface Copy<P extends string, Q extends string> {
  readonly source: P;
  /** The name that the copy gets. `undefined`: the content of the folder is meant. */
  readonly name: string | undefined;
  readonly target: Q;
  /** A source with a name is put into the target; otherwise it becomes the target. */
  readonly into: boolean;
  readonly recursive: boolean;
}

/** Told of each file, and of the bytes that move. */
export interface CopyObserver extends TransferObserver {
  /** The whole file is in its place. */
  copied?(file: { readonly from: string; readonly to: string }): void;
  /** The entry was left out on purpose, which is not a failure. */
  leftOut(entry: SideEntry<string>): void;
  /** A file was not copied, or a folder not listed. The copy goes on with the others. */
  failed(path: string, error: unknown): void;
  /** Not copied, for a side was lost: a file, or a folder with all that was not yet found in it. */
  missed(path: string, kind: 'file' | 'folder'): void;
}

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** How many files are copied at a time. */
  readonly atOnce: number;
  readonly observer: CopyObserver;
}

/** `given`: the name of the source does not fit. `name`: the name of an entry below it. */
export type NotCopiedReason = 'folder' | 'given' | 'name' | 'depth';

/** The entry was not tried: it cannot be copied, or was not asked for. */
export class NotCopiedError extends Error {
  override readonly name = 'NotCopiedError';
  readonly path: string;
  readonly reason: NotCopiedReason;
  readonly why: string;

  constructor(path: string, reason: NotCopiedReason, why: string) {
    super(`${path} was not copied: ${why}.`);
    this.path = path;
    this.reason = reason;
    this.why = why;
  }
}

/** A side can no longer be reached, because of `cause`. */
export class SideLostError extends Error {
  override readonly name = 'SideLostError';
  constructor(cause: unknown) {
    super('The rest was not copied.', { cause });
  }
}

/** A copy under way. */
interface Run<P extends string, Q extends string> {
  readonly sides: Sides<P, Q>;
  readonly options: CopyOptions;
  /** From then on nothing is tried; what is found is told as missed. */
  lost: SideLostError | undefined;
}

/**
 * Copies files, and folders with everything in them, from one side to the other: some at a time, so that
 * no two copies may have one place. Reports each failure to the observer and goes on. Rejects only where
 * everything that follows would fail too: with the signal's reason, or with a `SideLostError` when the
 * observer knows of all that was missed.
 *
 * The two sides must not be of one session: a file that is read holds a connection until it is written,
 * and the write would wait for that connection. A `RangeError` says so at once. Within one server
 * `RemoteFileSystem.copy` does the work.
 */
export async function copyTrees<P extends string, Q extends string>(
  sides: Sides<P, Q>,
  copies: Iterable<Copy<P, Q>>,
  options: CopyOptions,
): Promise<void> {
  const { from, to } = sides;
  if (from.session && from.session === to.session) {
    throw new RangeError('Both sides are of one session: the copy would wait for itself');
  }
  const run: Run<P, Q> = { sides, options, lost: undefined };
  await forEachOf(filesOf(run, copies), options, (pair) =>
    attempt(run, { path: pair.entry.path, kind: 'file' }, () => copyFile(sides, pair, options)),
  );
  if (run.lost) throw run.lost;
}

async function* filesOf<P extends string, Q extends string>(
  run: Run<P, Q>,
  copies: Iterable<Copy<P, Q>>,
): AsyncGenerator<Pair<P, Q>> {
  for (const copy of copies) {
    const top = await beginCopy(run, copy);
    if (top?.entry.kind === 'folder') yield* filesInside(run, top.entry.path, top.place);
    else if (top) yield top;
  }
}

/** Makes the folder that the source goes to. `undefined` where that failed, which the observer was told. */
async function beginCopy<P extends string, Q extends string>(
  run: Run<P, Q>,
  copy: Copy<P, Q>,
): Promise<Pair<P, Q> | undefined> {
  const { sides, options } = run;
  const { from, to } = sides;
  const { source, recursive } = copy;
  let top: Pair<P, Q> | undefined;
  await attempt(run, { path: source, kind: recursive ? 'folder' : 'file' }, async () => {
    const entry = await from.look(source, options);
    const isFolder = entry.kind === 'folder';
    if (isFolder && !recursive) throw new NotCopiedError(source, 'folder', 'it is a folder');
    const place = placeOf(copy, to);
    if (isFolder) await makeTarget(to, place, copy, options);
    else await to.makeFolders(to.parentOf(place), options);
    top = { entry, place };
  });
  return top;
}

function placeOf<P extends string, Q extends string>(
  { source, name, target, into }: Copy<P, Q>,
  to: Side<Q>,
): Q {
  if (!into || name === undefined) return target;
  const why = to.newNames()(name);
  if (why !== undefined) throw new NotCopiedError(source, 'given', why);
  return to.join(target, name);
}

async function makeTarget<P extends string, Q extends string>(
  to: Side<Q>,
  place: Q,
  { target }: Copy<P, Q>,
  options: CopyOptions,
): Promise<void> {
  if (place === target) {
    // A folder that the user named may be a symbolic link; one that the other side named may not.
    if ((await to.kindOf(place, options)) === 'folder') return;
    await to.makeFolders(to.parentOf(place), options);
  }
  await to.makeFolder(place, options);
}

function filesInside<P extends string, Q extends string>(
  run: Run<P, Q>,
  source: P,
  place: Q,
): AsyncGenerator<Pair<P, Q>> {
  const { sides, options } = run;
  const { from, to } = sides;
  const { observer } = options;
  return filesBelow(
    {
      ...sides,
      list: async (folder) => {
        let entries: readonly SideEntry<P>[] = [];
        await attempt(run, { path: folder, kind: 'folder' }, async () => {
          entries = await from.list(folder, options);
        });
        return entries;
      },
      enter: ({ entry: { path }, place }) =>
        attempt(run, { path, kind: 'folder' }, () => to.makeFolder(place, options)),
      leaveOut: (entry) => observer.leftOut(entry),
      refuse: ({ path }, reason, why) =>
        observer.failed(path, new NotCopiedError(path, reason, why)),
      listingsAhead: options.atOnce - 1,
    },
    source,
    place,
  );
}

async function copyFile<P extends string, Q extends string>(
  { from, to }: Sides<P, Q>,
  { entry, place }: Pair<P, Q>,
  options: CopyOptions,
): Promise<void> {
  await from.read(entry, (content) => to.write(place, content, options), options);
  options.observer.copied?.({ from: entry.path, to: place });
}

/** Does one step of the copy. False where it failed, which the observer was told. */
async function attempt<P extends string, Q extends string>(
  run: Run<P, Q>,
  { path, kind }: { readonly path: P; readonly kind: 'file' | 'folder' },
  act: () => Promise<void>,
): Promise<boolean> {
  const { signal, observer } = run.options;
  if (run.lost) {
    observer.missed(path, kind);
    return false;
  }
  try {
    await act();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (await isNews(run, error)) observer.failed(path, error);
    else observer.missed(path, kind);
    return false;
  }
}

/** Of all that were under way when a side was lost, one tells why: the others would only repeat it. */
async function isNews<P extends string, Q extends string>(
  run: Run<P, Q>,
  error: unknown,
): Promise<boolean> {
  const { sides, options } = run;
  if (run.lost) return false;
  try {
    await sides.from.recover(error, options);
    await sides.to.recover(error, options);
  } catch (cause) {
    options.signal.throwIfAborted();
    if (run.lost) return false;
    run.lost = new SideLostError(cause);
  }
  return true;
}
