import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import type { Emitter } from '../../base/event.ts';
import { parentOf, resolvePath, type RemotePath, rootPath } from '../../base/paths.ts';
import type { Request, Requests } from '../connections/requests.ts';
import { undefinedWhereNo } from '../errorTranslation.ts';
import type { RemoteChange, RemoteEntry, StatEntry } from '../remoteFileSystem.ts';
import type { DirectoryCache } from './directoryCache.ts';
import { type ExactFacts, followedByServer, rootEntry } from './exactFacts.ts';

// What operating systems allow before they call it a circle is 40; real trees have a few in a row.
const maxLinks = 8;

/** Where a path leads to. */
export interface LinkTarget {
  readonly path: RemotePath;
  /** `undefined`: nothing is there, or nothing that we can see. */
  readonly entry: RemoteEntry | undefined;
}

/** What a listing on the way costs, and ends with. */
type Following = Pick<Request, 'signal' | 'attempts'>;

/** How much may be asked about the links of one listing. */
export interface LinkQuestions {
  /** How many more links the server may be asked about. */
  left: number;
  /** What is known of targets in other folders is not enough. */
  readonly fresh: boolean | 'exact';
}

export interface LinksParts {
  readonly requests: Requests;
  readonly folders: DirectoryCache;
  readonly facts: ExactFacts;
  readonly changes: Emitter<readonly RemoteChange[]>;
  readonly clock: Clock;
}

/** Symbolic links: where they lead to, and what is there. */
export class Links {
  readonly #parts: LinksParts;
  readonly #types: LinkTypes;

  constructor(parts: LinksParts) {
    this.#parts = parts;
    this.#types = new LinkTypes(parts.clock);
  }

  /**
   * Follows symbolic links by the listings of the folders they stand in. `undefined` where that leads
   * nowhere: a circle, or a target that the server does not tell. Throws a `RemoteFileError`.
   */
  async follow(path: RemotePath, request: Request): Promise<LinkTarget | undefined> {
    try {
      return await this.#targetAt(path, request);
    } catch (error) {
      throw await this.#parts.requests.translate(error, request);
    }
  }

  /** The path of what a path leads to, and the path itself where that is not told. */
  async resolve(path: RemotePath, request: Request): Promise<RemotePath> {
    const target = await this.follow(path, request);
    return target?.entry ? target.path : path;
  }

  /**
   * RFC 3659, 4.1: SIZE tells of what RETR would send, which is the file behind a link. `undefined`
   * where there is none.
   */
  async sizeBehind(request: Request): Promise<number | undefined> {
    const { path } = request;
    return await this.#parts.requests
      .perform(request, ({ connection, signal }) => connection.size(path, { signal }))
      .catch(undefinedWhereNo);
  }

  /**
   * A link with what it leads to: the size, the time and the identity are those of its target, which
   * is what opens under its name. A target that is another than was told last is told as a change.
   */
  async withTarget(
    entry: RemoteEntry,
    request: Request,
    questions: LinkQuestions,
  ): Promise<StatEntry> {
    if (entry.type !== 'symlink') return entry;
    const { path, signal } = request;
    try {
      const told = await this.#targetOf(entry, request, questions);
      const other = this.#types.tell(path, told);
      if (other) this.#parts.changes.fire([{ path, type: 'changed' }]);
      return told;
    } catch {
      // The link itself is known; where it leads to may be asked again.
      signal.throwIfAborted();
      return entry;
    }
  }

  async #targetOf(
    link: RemoteEntry,
    request: Request,
    questions: LinkQuestions,
  ): Promise<StatEntry> {
    const target = await this.#targetAt(request.path, request);
    const seen = target?.entry && (await this.#seenNow(target, request, questions));
    if (seen) {
      const { type } = seen;
      if (type === 'file') return throughLink(link, seen);
      return type === 'directory' ? { ...link, targetType: type } : link;
    }
    if (questions.left-- <= 0) return link;
    const { type, file } = await this.#askBehind(link, request, questions);
    return file ? throughLink(link, file) : { ...link, ...(type && { targetType: type }) };
  }

  // A listing of the link's own folder is as new for its target as for the link.
  async #seenNow(
    { path, entry }: LinkTarget,
    request: Request,
    questions: LinkQuestions,
  ): Promise<RemoteEntry | undefined> {
    const { requests, facts, folders } = this.#parts;
    const { fresh } = questions;
    const same = parentOf(path) === parentOf(request.path);
    if (!fresh || entry?.type !== 'file' || (same && request.intent === 'list')) return entry;
    if (questions.left-- <= 0) return entry;
    const now = await requests.perform(request, (attempt) => facts.at(attempt, path));
    return now && (fresh === 'exact' ? now : folders.learn(path, now));
  }

  /**
   * What a link leads to, by trying: for a target that the server does not tell (Pure-FTPd 1.0.50 in
   * MLSD), or that it names as it stands on its disk, where its users begin further down.
   */
  async #askBehind(
    link: RemoteEntry,
    request: Request,
    { fresh }: LinkQuestions,
  ): Promise<BehindLink> {
    const { requests, folders } = this.#parts;
    const { path, signal, attempts } = request;
    const known = this.#types.get(path, link);
    if (known && !(fresh && known.type === 'file')) return known;
    const file = await requests.perform(request, (attempt) =>
      followedByServer(attempt, path, link),
    );
    const isFolder = async (): Promise<boolean> =>
      (await folders.folder(path, { signal, attempts }).catch(undefinedWhereNo)) !== undefined;
    const behind: BehindLink =
      file === link
        ? { type: (await isFolder()) ? 'directory' : undefined }
        : { type: 'file', file };
    this.#types.set(path, link, behind);
    return behind;
  }

  async #targetAt(path: RemotePath, request: Following): Promise<LinkTarget | undefined> {
    let at = path;
    for (let links = 0; links <= maxLinks; links++) {
      const entry = await this.#listedEntry(at, request);
      if (entry?.type !== 'symlink') return { path: at, entry };
      const next =
        entry.target === undefined
          ? undefined
          : await this.#pathOf(parentOf(at), entry.target, request);
      if (next === undefined) return undefined;
      at = next;
    }
    return undefined;
  }

  /** The path that a link in `folder` means; `undefined` for none that can be named. */
  async #pathOf(
    folder: RemotePath,
    target: string,
    request: Following,
  ): Promise<RemotePath | undefined> {
    if (!namesOf(target).includes('..')) return resolvePath(folder, target);
    // ".." is the parent of the real folder: behind a link that is not the name before it.
    let names = [...(target.startsWith('/') ? [] : namesOf(folder)), ...namesOf(target)];
    let at: RemotePath = rootPath;
    for (let links = 0; names.includes('..');) {
      const [name = '', ...rest] = names;
      const next = resolvePath(at, name);
      if (next === undefined) return undefined;
      const entry = name === '..' ? undefined : await this.#listedEntry(next, request);
      names = rest;
      if (entry?.type !== 'symlink') {
        at = next;
        continue;
      }
      if (entry.target === undefined || ++links > maxLinks) return undefined;
      names = [...namesOf(entry.target), ...rest];
      if (entry.target.startsWith('/')) at = rootPath;
    }
    return resolvePath(at, names.join('/'));
  }

  async #listedEntry(
    path: RemotePath,
    { signal, attempts }: Following,
  ): Promise<RemoteEntry | undefined> {
    if (path === rootPath) return rootEntry;
    const found = await this.#parts.folders
      .entry(path, { signal, attempts })
      .catch(undefinedWhereNo);
    return found === 'absent' ? undefined : found;
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

// The link's own mode is always 0777, and its own size is the length of its text: neither is told.
function throughLink({ name, target }: RemoteEntry, file: RemoteEntry): StatEntry {
  const { target: _, ...facts } = file;
  const own = { name, type: 'symlink', ...(target !== undefined && { target }) } as const;
  return { ...facts, ...own, targetType: 'file' };
}

/** What is behind a link that only the server can follow. */
interface BehindLink {
  readonly type: StatEntry['targetType'];
  /** What the server tells of it, where it is a file. */
  readonly file?: RemoteEntry;
}

interface Answer {
  readonly link: RemoteEntry;
  readonly behind: BehindLink;
  readonly at: number;
}

// More links than a user browses; one that is forgotten costs a question.
const maxAnswers = 1_000;

// A watched folder is listed every minute: its dangling links are not worth a question each time.
const answerMs = 5 * 60_000;

// The target may be written meanwhile: after that time the server is asked again.
const factsMs = 8_000;

/** What the server has answered about links, and what was told of their targets. */
class LinkTypes {
  readonly #clock: Clock;
  readonly #answers = new LRUCache<RemotePath, Answer>({ max: maxAnswers });
  readonly #told = new LRUCache<RemotePath, string>({ max: maxAnswers });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer about this very link; `undefined` where there is none any more. */
  get(path: RemotePath, link: RemoteEntry): BehindLink | undefined {
    const answer = this.#answers.get(path);
    if (!answer) return undefined;
    const lasts = answer.behind.type === 'file' ? factsMs : answerMs;
    if (answer.at + lasts <= this.#clock.now()) return undefined;
    const same =
      answer.link.target === link.target &&
      answer.link.modified?.getTime() === link.modified?.getTime();
    return same ? answer.behind : undefined;
  }

  set(path: RemotePath, link: RemoteEntry, behind: BehindLink): void {
    this.#answers.set(path, { link, behind, at: this.#clock.now() });
  }

  /** Notes what is told of a link's target; true when something else was told before. */
  tell(path: RemotePath, { targetType, size, modified, unique }: StatEntry): boolean {
    const now = [targetType, size, modified?.getTime(), unique].join('\t');
    const before = this.#told.get(path);
    this.#told.set(path, now);
    return before !== undefined && before !== now;
  }
}
