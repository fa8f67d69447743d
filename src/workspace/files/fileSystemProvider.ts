import { LRUCache } from 'lru-cache';
import * as vscode from 'vscode';
import { isWithin, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { copyBetween, moveBetween } from '../../session/betweenSites.ts';
import { PathLocks } from '../../session/connections/pathLocks.ts';
import { refusal } from '../../session/errorTranslation.ts';
import { identityOf } from '../../session/known/fileIdentity.ts';
import { RemoteFileError } from '../../session/remoteFileError.ts';
import type {
  Expected,
  FileIdentity,
  FileOptions,
  RemoteChange,
  StatEntry,
} from '../../session/remoteFileSystem.ts';
import type { Activity } from '../activity.ts';
import { type Place, placeKey } from '../place.ts';
import type { Questions } from '../questions.ts';
import { plainText, toFileSystemError } from '../sentence.ts';
import { placeOf, siteUri } from '../siteUri.ts';
import type { SiteConnections } from '../sites/siteConnections.ts';
import type { ChangePoll } from './changePoll.ts';
import { ComparingError, type GuardedWrite, type ToldConflicts, writeOrAsk } from './conflicts.ts';
import { type EditorIdentities, Settling } from './editorIdentities.ts';
import { StatTeller, type Target, toFileType } from './fileStat.ts';
import type { OpenDocuments } from './openDocuments.ts';

/** What the provider is built of. */
export interface ProviderParts {
  readonly connections: SiteConnections;
  readonly activity: Activity;
  readonly identities: EditorIdentities;
  readonly documents: OpenDocuments;
  readonly conflicts: ToldConflicts;
  readonly questions: Questions;
  readonly poll: ChangePoll;
}

const changeTypes = {
  created: vscode.FileChangeType.Created,
  changed: vscode.FileChangeType.Changed,
  deleted: vscode.FileChangeType.Deleted,
} satisfies Record<RemoteChange['type'], vscode.FileChangeType>;

/** The sites as VS Code sees them. It translates; everything else is done below. */
export class SiteFileSystemProvider implements vscode.FileSystemProvider, vscode.Disposable {
  readonly onDidChangeFile: vscode.Event<vscode.FileChangeEvent[]>;
  readonly #parts: ProviderParts;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #listener: Disposable;
  readonly #between = new PathLocks();
  readonly #teller: StatTeller;
  readonly #settling: Settling;
  /** What VS Code was last told of a file that it has not read. */
  readonly #told = new LRUCache<string, Expected>({ max: 2000 });

  constructor(parts: ProviderParts) {
    this.#parts = parts;
    this.onDidChangeFile = this.#changed.event;
    this.#settling = new Settling(parts.identities);
    this.#teller = new StatTeller(parts);
    this.#listener = parts.connections.onDidChangeFiles(({ siteId, changes }) => {
      for (const { path } of changes) this.#teller.changed(placeKey({ siteId, path }));
      this.#changed.fire(
        changes.map(({ path, type }) => ({ uri: siteUri(siteId, path), type: changeTypes[type] })),
      );
    });
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    const place = placeOf(uri);
    const watching = place && this.#parts.poll.watch(place);
    return new vscode.Disposable(() => watching?.[Symbol.dispose]());
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#run(uri, 'question', async (target, options) => {
      const { documents, identities } = this.#parts;
      const fresh = documents.isChanged(uri);
      const held = fresh ? identities.get(placeKey(target)) : undefined;
      if (held) return this.#teller.tellHeld(target, held, options);
      const entry = await this.#stat(target, { ...options, fresh });
      return this.#teller.tell(target, entry);
    });
  }

  readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return this.#run(uri, 'question', async (target, options) => {
      this.#parts.poll.read(target);
      const entries = await target.files.readDirectory(target.path, options);
      return entries.map((entry) => [entry.name, toFileType(entry)]);
    });
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#run(uri, 'transfer', async ({ files, path, siteId }, options) => {
      const { content, identity } = await files.readFile(path, options);
      const { identities, documents, poll, conflicts } = this.#parts;
      const key = placeKey({ siteId, path });
      this.#teller.read(key);
      if (documents.isChanged(uri)) conflicts.shown(key, identity);
      identities.read(key, { content, identity }, documents.isOpen(uri));
      poll.read({ siteId, path: parentOf(path) });
      return content;
    });
  }

  writeFile(
    uri: vscode.Uri,
    content: Uint8Array,
    how: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    if (!placeOf(uri)) return Promise.reject(unsayable(uri));
    return this.#run(uri, 'transfer', async (target, options) => {
      const { connections, identities, documents, conflicts } = this.#parts;
      connections.allowQuestions(target.siteId);
      const key = placeKey(target);
      // An editor that has nothing to save shows what was there before: it is another one who writes.
      const behind = documents.isOpen(uri) && !documents.isChanged(uri);
      const before = behind ? identities.pending(key) : undefined;
      const ours = before?.written ? before.identity : conflicts.overwritable(key);
      const expected = ours ?? identities.get(key) ?? this.#told.get(key) ?? 'absent';
      const identity = await this.#write({ ...target, content, expected, ...how }, options);
      this.#told.delete(key);
      if (behind) identities.read(key, { content, identity, written: true }, true);
      else identities.written(key, identity);
      this.#settling.begin(target, identity);
    });
  }

  createDirectory(uri: vscode.Uri): Promise<void> {
    if (!placeOf(uri)) return Promise.reject(unsayable(uri));
    return this.#run(uri, 'question', ({ files, path }, options) =>
      files.createDirectory(path, options),
    );
  }

  delete(uri: vscode.Uri, how: { readonly recursive: boolean }): Promise<void> {
    return this.#run(uri, 'question', async (target, options) => {
      await target.files.delete(target.path, { ...options, ...how });
      this.#parts.identities.forget(placeKey(target));
      this.#told.delete(placeKey(target));
    });
  }

  rename(from: vscode.Uri, to: vscode.Uri, how: { readonly overwrite: boolean }): Promise<void> {
    if (areApart(from, to)) return this.#moveToOther(from, to, how);
    return this.#run(from, 'question', async (target, options) => {
      const path = pathOnSameSite(target, to);
      await target.files.rename(target.path, path, { ...options, ...how });
      this.#parts.identities.renamed(placeKey(target), placeKey({ ...target, path }));
      this.#told.clear();
      this.#teller.forget();
    });
  }

  copy(from: vscode.Uri, to: vscode.Uri, how: { readonly overwrite: boolean }): Promise<void> {
    if (areApart(from, to)) {
      return this.#runBetween(from, to, async (source, target, options) => {
        await copyBetween(source, target, { ...options, ...how });
        this.#parts.identities.forget(placeKey(target));
      });
    }
    return this.#run(from, 'transfer', async (target, options) => {
      const path = pathOnSameSite(target, to);
      await target.files.copy(target.path, path, { ...options, ...how });
      this.#parts.identities.forget(placeKey({ ...target, path }));
      this.#told.clear();
      this.#teller.forget();
    });
  }

  dispose(): void {
    this.#listener[Symbol.dispose]();
    this.#settling[Symbol.dispose]();
    this.#changed.dispose();
  }

  #moveToOther(
    from: vscode.Uri,
    to: vscode.Uri,
    how: { readonly overwrite: boolean },
  ): Promise<void> {
    return this.#runBetween(from, to, async (source, target, options) => {
      if (source.site.readOnly) throw refusal('noPermissions', 'rename', source.path, 'read-only');
      await moveBetween(source, target, { ...options, ...how });
      const { identities } = this.#parts;
      const held = identities.get(placeKey(source));
      identities.forget(placeKey(source));
      identities.forget(placeKey(target));
      // The same bytes, but another server's time: only they can tell it from another file.
      const unsettled = { modified: undefined, unique: undefined, settled: false };
      if (held) identities.written(placeKey(target), { ...held, ...unsettled });
    });
  }

  /** One at a time: two that go opposite ways, by one connection each, would wait for each other. */
  #runBetween(
    from: vscode.Uri,
    to: vscode.Uri,
    work: (source: Target, target: Target, options: FileOptions) => Promise<void>,
  ): Promise<void> {
    return this.#run(from, 'transfer', (source, { signal }) =>
      this.#run(to, 'transfer', (target, options) => {
        const both = { ...options, signal: AbortSignal.any([signal, options.signal]) };
        return this.#between.take([rootPath], both.signal, async () => {
          await work(source, target, both);
          this.#told.clear();
        });
      }),
    );
  }

  async #write(write: GuardedWrite & Place, options: FileOptions): Promise<FileIdentity> {
    const { conflicts, questions } = this.#parts;
    const key = placeKey(write);
    try {
      return await writeOrAsk(write, questions, options);
    } catch (error) {
      if (error instanceof ComparingError) conflicts.shown(key, error.found);
      throw error;
    } finally {
      // A yes is for one write.
      conflicts.clear(key);
    }
  }

  async #stat(
    target: Target,
    options: FileOptions & { readonly fresh: boolean },
  ): Promise<StatEntry> {
    const key = placeKey(target);
    try {
      const entry = await target.files.stat(target.path, options);
      // Nobody has read its bytes: whoever replaces it without that goes by what a stat says.
      this.#told.set(key, identityOf(entry, { sha256: undefined, settled: true }));
      return entry;
    } catch (error) {
      if (error instanceof RemoteFileError && error.reason === 'notFound') {
        this.#told.set(key, 'absent');
      }
      throw error;
    }
  }

  async #run<T>(
    uri: vscode.Uri,
    kind: 'transfer' | 'question',
    work: (target: Target, options: FileOptions) => Promise<T>,
  ): Promise<T> {
    const place = placeOf(uri);
    if (!place) throw vscode.FileSystemError.FileNotFound(plainText(uri.toString(true)));
    const { connections, activity } = this.#parts;
    let name = place.siteId;
    try {
      const site = connections.site(place.siteId);
      ({ name } = site);
      const target = { ...place, site, files: connections.files(place.siteId) };
      return await activity.run(place.siteId, kind, (options) => work(target, options));
    } catch (error) {
      throw toFileSystemError(error, name);
    }
  }
}

function unsayable(uri: vscode.Uri): vscode.FileSystemError {
  const sentence = 'a name on an FTP server holds no line break, no NUL and no ".." alone';
  return vscode.FileSystemError.NoPermissions(`${plainText(uri.path)}: ${sentence}`);
}

function areApart(from: vscode.Uri, to: vscode.Uri): boolean {
  const [source, target] = [placeOf(from), placeOf(to)];
  return source !== undefined && target !== undefined && source.siteId !== target.siteId;
}

function pathOnSameSite(target: Target, to: vscode.Uri): RemotePath {
  const place = placeOf(to);
  if (!place) throw unsayable(to);
  if (!isWithin(place.path, target.path)) return place.path;
  const sentence = `${target.path} cannot be moved or copied into itself`;
  throw new RemoteFileError('unsupported', target.path, sentence);
}
