import { forEachOf } from '../base/concurrency.ts';
import type { TransferObserver } from '../session/remoteFileSystem.ts';
import type { Side, SideEntry } from './side.ts';
import { filesBelow, type Pair } from './walk.ts';

/** Where it comes from and where it goes to. */
export interface Sides<P extends string, Q extends string> {
  readonly from: Side<P>;
  readonly to: Side<Q>;
}

/** What is copied whereto, as `cp` would. */
export interface Copy<P extends string, Q extends string> {
  readonly source: P;
  /** What it is called; left out: the content of the folder is meant. */
  readonly name: string | undefined;
  readonly target: Q;
  /** What has a name is put into the target, and does not become it. */
  readonly into: boolean;
  readonly recursive: boolean;
}

/** Hears of each file as it comes, and of the bytes between. */
export interface CopyObserver extends TransferObserver {
  /** It stands whole in its place. */
  copied?(file: { readonly from: string; readonly to: string }): void;
  /** It was left out on purpose, which is no failure. */
  leftOut(entry: SideEntry<string>): void;
  /** It was not copied, or a folder not listed; the others go on. */
  failed(path: string, error: unknown): void;
}

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** How many files are on their way at a time. */
  readonly atOnce: number;
  readonly observer: CopyObserver;
}

/** `given` is the name of what was asked for, `name` one that was found on the way. */
export type NotCopiedReason = 'folder' | 'given' | 'name' | 'depth';

/** Nothing was tried: it cannot be copied, or was not asked for. */
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

/** A side cannot be had any more, because of `cause`. */
export class SideLostError extends Error {
  override readonly name = 'SideLostError';
  constructor(cause: unknown) {
    super('What is left was not tried.', { cause });
  }
}

/**
 * Copies a file, or a folder with everything in it, from one side to the other. What fails is told, and
 * the others go on. Rejects only where all that follow would fail too: with the signal's reason, and
 * with a `SideLostError`.
 */
export async function copyTree<P extends string, Q extends string>(
  sides: Sides<P, Q>,
  copy: Copy<P, Q>,
  options: CopyOptions,
): Promise<void> {
  const { from, to } = sides;
  const { source, recursive } = copy;
  await attempt(sides, source, options, async () => {
    const entry = await from.look(source, options);
    if (entry.kind !== 'folder') {
      const place = placeOf(copy, to);
      await to.makeFolders(to.parentOf(place), options);
      await copyFile(sides, { entry, place }, options);
      return;
    }
    if (!recursive) throw new NotCopiedError(source, 'folder', 'it is a folder');
    const place = placeOf(copy, to);
    await makeTarget(to, place, copy, options);
    await copyInside(sides, source, place, options);
  });
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
    // A folder that the user named may be a link of theirs; one that the other side named may not.
    if ((await to.kindOf(place, options)) === 'folder') return;
    await to.makeFolders(to.parentOf(place), options);
  }
  await to.makeFolder(place, options);
}

async function copyInside<P extends string, Q extends string>(
  sides: Sides<P, Q>,
  source: P,
  place: Q,
  options: CopyOptions,
): Promise<void> {
  const { from, to } = sides;
  const { observer } = options;
  const files = filesBelow(
    {
      ...sides,
      list: async (folder) => {
        let entries: readonly SideEntry<P>[] = [];
        await attempt(sides, folder, options, async () => {
          entries = await from.list(folder, options);
        });
        return entries;
      },
      enter: (pair) =>
        attempt(sides, pair.entry.path, options, () => to.makeFolder(pair.place, options)),
      leaveOut: (entry) => observer.leftOut(entry),
      refuse: ({ path }, reason, why) =>
        observer.failed(path, new NotCopiedError(path, reason, why)),
    },
    source,
    place,
  );
  await forEachOf(files, options, (pair) =>
    attempt(sides, pair.entry.path, options, () => copyFile(sides, pair, options)),
  );
}

async function copyFile<P extends string, Q extends string>(
  { from, to }: Sides<P, Q>,
  { entry, place }: Pair<P, Q>,
  options: CopyOptions,
): Promise<void> {
  await to.write(place, await from.read(entry, options), options);
  options.observer.copied?.({ from: entry.path, to: place });
}

/** Does one thing of many; false where it failed and that was told. */
async function attempt<P extends string, Q extends string>(
  { from, to }: Sides<P, Q>,
  path: P,
  options: CopyOptions,
  act: () => Promise<void>,
): Promise<boolean> {
  const { signal, observer } = options;
  try {
    await act();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SideLostError) throw error;
    observer.failed(path, error);
    try {
      await from.recover(error, options);
      await to.recover(error, options);
    } catch (cause) {
      signal.throwIfAborted();
      throw new SideLostError(cause);
    }
    return false;
  }
}
