import type { Side, SideEntry } from './side.ts';

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
