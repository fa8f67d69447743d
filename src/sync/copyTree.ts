import { forEachOf } from '../base/concurrency.ts';
import type { TransferObserver } from '../session/remoteFileSystem.ts';
import type { Side, SideEntry } from './side.ts';

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

/** What stands on one side, and where it belongs on the other. */
export interface Pair<P extends string, Q extends string> {
  readonly entry: SideEntry<P>;
  readonly place: Q;
}

/** Two sides, and what whoever walks does on the way. */
export interface Walk<P extends string, Q extends string> {
  readonly from: Side<P>;
  readonly to: Side<Q>;
  /** What is in a folder; nothing where it could not be listed. */
  list(folder: P): Promise<readonly SideEntry<P>[]>;
  /** Makes the folder ready on the other side; false where it is not to be gone into. */
  enter(folder: Pair<P, Q>): Promise<boolean>;
  /** It is not what is copied. */
  leaveOut(entry: SideEntry<P>): void;
  /** It has no place on the other side. */
  refuse(entry: SideEntry<P>, reason: 'name' | 'depth', why: string): void;
}

/**
 * The files in a folder and below it with their places, folder by folder. A folder is listed when the
 * files before it have been taken, so that however large the tree is, there are no more listings at a
 * time than it is deep; whoever takes several files at a time copies some while it is listed.
 */
export async function* filesBelow<P extends string, Q extends string>(
  walk: Walk<P, Q>,
  folder: P,
  place: Q,
  depth = 1,
): AsyncGenerator<Pair<P, Q>, void> {
  const { from, to } = walk;
  const whyNot = to.newNames();
  for (const entry of await walk.list(folder)) {
    const why = whyNot(entry.name);
    if (why !== undefined) {
      walk.refuse(entry, 'name', why);
      continue;
    }
    const pair = { entry, place: to.join(place, entry.name) };
    if (entry.kind === 'file') yield pair;
    else if (entry.kind !== 'folder') walk.leaveOut(entry);
    else if (depth >= from.deepest) {
      walk.refuse(entry, 'depth', `it is more than ${from.deepest} folders deep`);
    } else if (await walk.enter(pair)) {
      yield* filesBelow(walk, entry.path, pair.place, depth + 1);
    }
  }
}
