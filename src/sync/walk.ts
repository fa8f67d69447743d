import type { Side, SideEntry } from './side.ts';

/** An entry on one side, and its place on the other. */
export interface Pair<P extends string, Q extends string> {
  readonly entry: SideEntry<P>;
  readonly place: Q;
}

/** Two sides, and what the caller does at each entry. */
export interface Walk<P extends string, Q extends string> {
  readonly from: Side<P>;
  readonly to: Side<Q>;
  /** The entries of a folder; none where it could not be listed. */
  list(folder: P): Promise<readonly SideEntry<P>[]>;
  /** Makes the folder on the other side. False where the walk must not go into it. */
  enter(folder: Pair<P, Q>): Promise<boolean>;
  /** The entry is of a kind that is not copied. */
  leaveOut(entry: SideEntry<P>): void;
  /** The entry cannot have a place on the other side. */
  refuse(entry: SideEntry<P>, reason: 'name' | 'depth', why: string): void;
  /** How many folders may be listed before their turn. */
  readonly listingsAhead: number;
}

/**
 * The files in a folder and below it, with their places: those of a folder before those of the folders
 * in it.
 */
export async function* filesBelow<P extends string, Q extends string>(
  walk: Walk<P, Q>,
  folder: P,
  place: Q,
): AsyncGenerator<Pair<P, Q>, void> {
  const list = async ({ pair, path }: Below<P, Q>): Promise<readonly SideEntry<P>[]> =>
    !pair || (await walk.enter(pair)) ? walk.list(path) : [];
  const top = { pair: undefined, path: folder, place, depth: 1 };
  for await (const visit of visits({ list, listingsAhead: walk.listingsAhead }, top)) {
    yield* filesBeside(walk, visit);
  }
}

/** A folder that is copied. */
interface Below<P extends string, Q extends string> {
  /** Left out for the one at the top, which the caller has made. */
  readonly pair: Pair<P, Q> | undefined;
  readonly path: P;
  readonly place: Q;
  readonly depth: number;
}

/** The files of one folder; the walk goes into the folders in it. */
function* filesBeside<P extends string, Q extends string>(
  walk: Walk<P, Q>,
  { folder: { place, depth }, listing, goInto }: Visit<Below<P, Q>, readonly SideEntry<P>[]>,
): Generator<Pair<P, Q>, void> {
  const { from, to } = walk;
  const whyNot = to.newNames();
  for (const entry of listing) {
    const why = whyNot(entry.name);
    if (why !== undefined) {
      walk.refuse(entry, 'name', why);
      continue;
    }
    const pair = { entry, place: to.join(place, entry.name) };
    if (entry.kind === 'file') yield pair;
    else if (entry.kind !== 'folder') walk.leaveOut(entry);
    else if (depth < from.deepest)
      goInto({ pair, path: entry.path, place: pair.place, depth: depth + 1 });
    else walk.refuse(entry, 'depth', `it is more than ${from.deepest} folders deep`);
  }
}

/** A tree of folders, for a walk that lists some of them ahead. */
export interface Tree<F, L> {
  list(folder: F): Promise<L>;
  /** How many folders may be listed before their turn. */
  readonly listingsAhead: number;
}

/** A folder whose turn has come. */
export interface Visit<F, L> {
  readonly folder: F;
  readonly listing: L;
  /** The walk goes into a folder that is in this one, in the order of these calls. */
  readonly goInto: (folder: F) => void;
}

/**
 * The folders of a tree, each before those in it. Some are listed while the ones before them are visited,
 * the others when their turn has come. So memory holds at most one listing for each level of the tree and
 * those that were asked for ahead, however large the tree is.
 */
export async function* visits<F, L>(tree: Tree<F, L>, top: F): AsyncGenerator<Visit<F, L>, void> {
  yield* visitsFrom(tree, { folder: top, listing: await tree.list(top) }, tree.listingsAhead);
}

async function* visitsFrom<F, L>(
  tree: Tree<F, L>,
  listed: Pick<Visit<F, L>, 'folder' | 'listing'>,
  ahead: number,
): AsyncGenerator<Visit<F, L>, void> {
  // The levels below get the other half: each finds some left.
  const listings = new Listings(tree, Math.ceil(ahead / 2));
  try {
    const folders: F[] = [];
    yield {
      ...listed,
      goInto: (folder) => {
        folders.push(folder);
        listings.begin(folder);
      },
    };
    for (const [at, folder] of folders.entries()) {
      const listing = await listings.take(folder);
      let next = at + 1;
      while (next < folders.length && listings.begin(folders[next])) next++;
      yield* visitsFrom(tree, { folder, listing }, Math.floor(ahead / 2));
    }
  } finally {
    await listings.ended();
  }
}

/** What is in the folders of one folder: some is asked for before its turn. */
class Listings<F, L> {
  readonly #tree: Tree<F, L>;
  readonly #most: number;
  readonly #begun = new Map<F, Promise<L>>();

  constructor(tree: Tree<F, L>, most: number) {
    this.#tree = tree;
    this.#most = most;
  }

  /** Asks for it ahead. False where too much was asked for. */
  begin(folder: F | undefined): boolean {
    if (folder === undefined || this.#begun.has(folder)) return true;
    if (this.#begun.size >= this.#most) return false;
    const inside = this.#tree.list(folder);
    // A failure is told when its turn has come.
    inside.catch(() => {});
    this.#begun.set(folder, inside);
    return true;
  }

  async take(folder: F): Promise<L> {
    try {
      return await (this.#begun.get(folder) ?? this.#tree.list(folder));
    } finally {
      this.#begun.delete(folder);
    }
  }

  /** Nothing is left running. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#begun.values());
  }
}
