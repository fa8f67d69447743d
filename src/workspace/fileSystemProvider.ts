import * as vscode from 'vscode';
import { LRUCache } from 'lru-cache';
import { isWithin, parentOf, type RemotePath, rootPath } from '../base/paths.ts';
import { copyBetween, moveBetween } from '../session/betweenSites.ts';
import { refusal } from '../session/errorTranslation.ts';
import { identityOf } from '../session/fileIdentity.ts';
import { RemoteFileError } from '../session/remoteFileError.ts';
import type {
  Expected,
  FileOptions,
  RemoteChange,
  RemoteFileSystem,
  StatEntry,
} from '../session/remoteFileSystem.ts';
import { Turns } from '../session/turns.ts';
import type { Activity } from './activity.ts';
import type { ChangePoll } from './changePoll.ts';
import { writeOrAsk } from './conflicts.ts';
import type { EditorIdentities } from './editorIdentities.ts';
import { toFileStat, toFileType } from './fileStat.ts';
import { toFileSystemError } from './fileSystemErrors.ts';
import type { OpenDocuments } from './openDocuments.ts';
import type { Questions } from './questions.ts';
import { plainText } from './sentence.ts';
import type { Site } from './site.ts';
import type { SiteConnections } from './siteConnections.ts';
import { type Place, placeKey } from './place.ts';
import { placeOf, siteUri } from './siteUri.ts';

/** What the provider is built of. */
export interface ProviderParts {
  readonly connections: SiteConnections;
  readonly activity: Activity;
  readonly identities: EditorIdentities;
  readonly documents: OpenDocuments;
  readonly questions: Questions;
  readonly poll: ChangePoll;
}

interface Target extends Place {
  readonly site: Site;
  readonly files: RemoteFileSystem;
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
  readonly #between = new Turns();
  /** What VS Code was last told of a file that it has not read. */
  readonly #told = new LRUCache<string, Expected>({ max: 2000 });

  constructor(parts: ProviderParts) {
    this.#parts = parts;
    this.onDidChangeFile = this.#changed.event;
    this.#listener = parts.connections.onDidChangeFiles(({ siteId, changes }) =>
      this.#changed.fire(
        changes.map(({ path, type }) => ({ uri: siteUri(siteId, path), type: changeTypes[type] })),
      ),
    );
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    const place = placeOf(uri);
    const watching = place && this.#parts.poll.watch(place);
    return new vscode.Disposable(() => watching?.[Symbol.dispose]());
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#run(uri, 'question', async (target, options) => {
      const fresh = this.#parts.documents.isChanged(uri);
      const entry = await this.#stat(target, { ...options, fresh });
      return toFileStat(entry, target.site.readOnly);
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
      const { identities, documents, poll } = this.#parts;
      identities.read(placeKey({ siteId, path }), identity, documents.isOpen(uri));
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
      const { connections, identities, questions } = this.#parts;
      connections.allowQuestions(target.siteId);
      const key = placeKey(target);
      const expected = identities.get(key) ?? this.#told.get(key) ?? 'absent';
      const write = { ...target, content, expected, ...how };
      identities.written(key, await writeOrAsk(write, questions, options));
      this.#told.delete(key);
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
    });
  }

  dispose(): void {
    this.#listener[Symbol.dispose]();
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
