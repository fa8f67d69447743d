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
 * in it. Some folders are listed while the files before them are taken, the others when their turn has
 * come. So memory holds at most one listing for each level of the tree and those that were asked for
 * ahead, however large the tree is.
 */
export async function* filesBelow<P extends string, Q extends string>(
  walk: Walk<P, Q>,
  folder: P,
  place: Q,
): AsyncGenerator<Pair<P, Q>, void> {
  const entries = await walk.list(folder);
  yield* filesIn(walk, { entries, place, depth: 1, ahead: walk.listingsAhead });
}

interface Listed<P extends string, Q extends string> {
  readonly entries: readonly SideEntry<P>[];
  readonly place: Q;
  readonly depth: number;
  /** How many listings may be asked for ahead, in it and in all that is below it. */
  readonly ahead: number;
}

async function* filesIn<P extends string, Q extends string>(
  walk: Walk<P, Q>,
  listed: Listed<P, Q>,
): AsyncGenerator<Pair<P, Q>, void> {
  // The levels below get the other half: each finds some left.
  const listings = new Listings(walk, Math.ceil(listed.ahead / 2));
  try {
    const folders: Pair<P, Q>[] = [];
    yield* filesBeside(walk, listed, (folder) => {
      folders.push(folder);
      listings.begin(folder);
    });
    for (const [at, folder] of folders.entries()) {
      const entries = await listings.take(folder);
      let next = at + 1;
      while (next < folders.length && listings.begin(folders[next])) next++;
      const below = { entries, place: folder.place, depth: listed.depth + 1 };
      yield* filesIn(walk, { ...below, ahead: Math.floor(listed.ahead / 2) });
    }
  } finally {
    await listings.ended();
  }
}

/** The files of one folder; the folders in it are told of. */
function* filesBeside<P extends string, Q extends string>(
  walk: Walk<P, Q>,
  { entries, place, depth }: Listed<P, Q>,
  found: (folder: Pair<P, Q>) => void,
): Generator<Pair<P, Q>, void> {
  const { from, to } = walk;
  const whyNot = to.newNames();
  for (const entry of entries) {
    const why = whyNot(entry.name);
    if (why !== undefined) {
      walk.refuse(entry, 'name', why);
      continue;
    }
    const pair = { entry, place: to.join(place, entry.name) };
    if (entry.kind === 'file') yield pair;
    else if (entry.kind !== 'folder') walk.leaveOut(entry);
    else if (depth < from.deepest) found(pair);
    else walk.refuse(entry, 'depth', `it is more than ${from.deepest} folders deep`);
  }
}

/** What is in the folders of one folder: some is asked for before its turn. */
class Listings<P extends string, Q extends string> {
  readonly #walk: Walk<P, Q>;
  readonly #most: number;
  readonly #begun = new Map<Pair<P, Q>, Promise<readonly SideEntry<P>[]>>();

  constructor(walk: Walk<P, Q>, most: number) {
    this.#walk = walk;
    this.#most = most;
  }

  /** Asks for it ahead. False where too much was asked for. */
  begin(folder: Pair<P, Q> | undefined): boolean {
    if (!folder || this.#begun.has(folder)) return true;
    if (this.#begun.size >= this.#most) return false;
    const inside = this.#inside(folder);
    // A failure is told when its turn has come.
    inside.catch(() => {});
    this.#begun.set(folder, inside);
    return true;
  }

  async take(folder: Pair<P, Q>): Promise<readonly SideEntry<P>[]> {
    try {
      return await (this.#begun.get(folder) ?? this.#inside(folder));
    } finally {
      this.#begun.delete(folder);
    }
  }

  /** Nothing is left running. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#begun.values());
  }

  async #inside(folder: Pair<P, Q>): Promise<readonly SideEntry<P>[]> {
    return (await this.#walk.enter(folder)) ? this.#walk.list(folder.entry.path) : [];
  }
}
