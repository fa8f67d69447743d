import { beforeEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../../src/base/logger.ts';
import { memoryRecords } from '../../../../src/base/records.ts';
import { sha256Of } from '../../../../src/session/known/fileIdentity.ts';
import { LinkedFiles, type LinkRecords } from '../../../../src/sync/linkedFiles.ts';
import { UploadQueue } from '../../../../src/sync/uploadQueue.ts';
import {
  linkOf,
  type SavedFile,
  UploadLostItsWayError,
} from '../../../../src/workspace/sync/savedFile.ts';
import { syncOnSave } from '../../../../src/workspace/sync/syncOnSave.ts';
import { SyncTargets } from '../../../../src/workspace/sync/syncTargets.ts';
import { SyncTroubles } from '../../../../src/workspace/sync/syncTroubles.ts';
import { Uri, world as disk } from '../../../support/vscode.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { bytes, settle } from '../../session/fakeSession.ts';
import { someSite } from '../someSite.ts';

type Listener = (value: unknown) => void;

// The events of a window, and what it says of its folders.
const window = vi.hoisted(() => ({
  listeners: new Map<string, (value: unknown) => void>(),
  trusted: true,
  folders: ['/home/shop'],
  /** Where `portside.sync` stands. */
  scope: 'folder' as 'folder' | 'workspace',
  sync: undefined as unknown,
  documents: [] as { uri: { toString(): string }; isDirty: boolean; getText(): string }[],
  read: undefined as ((path: string) => Promise<Uint8Array>) | undefined,
}));

function event(name: string): (listener: Listener) => { dispose(): void } {
  return (listener) => {
    window.listeners.set(name, listener);
    return { dispose: () => window.listeners.delete(name) };
  };
}

vi.mock('vscode', async () => {
  const known = await import('../../../support/vscode.ts');
  const named = (path: string): object => ({ uri: known.Uri.file(path), name: path });
  return {
    ...known,
    workspace: {
      onWillSaveTextDocument: event('willSave'),
      onDidSaveTextDocument: event('didSave'),
      onWillSaveNotebookDocument: event('willSaveNotebook'),
      onDidSaveNotebookDocument: event('didSaveNotebook'),
      onDidRenameFiles: event('didRename'),
      onDidChangeWorkspaceFolders: event('folders'),
      onDidGrantWorkspaceTrust: event('trust'),
      onDidChangeConfiguration: event('configuration'),
      fs: {
        readFile: (uri: Uri) =>
          window.read ? window.read(uri.path) : known.workspace.fs.readFile(uri),
      },
      get isTrusted() {
        return window.trusted;
      },
      get workspaceFolders() {
        return window.folders.map(named);
      },
      get textDocuments() {
        return window.documents;
      },
      getWorkspaceFolder: ({ path }: Uri) => {
        const folder = window.folders.find((each) => path.startsWith(`${each}/`));
        return folder && named(folder);
      },
      getConfiguration: () => ({
        get: () => (window.trusted ? window.sync : undefined),
        inspect: () => ({
          [window.scope === 'folder' ? 'workspaceFolderValue' : 'workspaceValue']: window.sync,
        }),
      }),
    },
  };
});

class World implements Disposable {
  readonly clock = new FakeClock();
  readonly records: LinkRecords;
  readonly linked: LinkedFiles;
  readonly troubles = new SyncTroubles();
  readonly problems: string[] = [];
  readonly uploaded: string[] = [];
  error: Error | undefined;
  gate: Promise<void> = Promise.resolve();
  readonly queue = new UploadQueue<SavedFile>(async ({ place }) => {
    this.uploaded.push(`${place.siteId}${place.path}`);
    await this.gate;
    if (this.error) throw this.error;
  });
  readonly #syncing: { dispose(): unknown };

  constructor(records: LinkRecords = { bases: memoryRecords(), owed: memoryRecords() }) {
    this.records = records;
    this.linked = new LinkedFiles(records);
    const sites = [someSite({ id: 'shop', name: 'My Shop' }), someSite({ id: 'a', name: 'Two' })];
    const targets = new SyncTargets({ sites: [...sites, someSite({ id: 'b', name: 'Two' })] });
    const { queue, linked, troubles, clock } = this;
    const logger = silentLogger;
    const onProblem = (error: unknown): void => void this.problems.push(String(error));
    this.#syncing = syncOnSave({ queue, linked, targets, troubles, clock, logger, onProblem });
  }

  [Symbol.dispose](): void {
    this.#syncing.dispose();
    this.queue[Symbol.dispose]();
  }

  /** What an editor does: the events come around the writing. */
  async save(
    path: string,
    text: string,
    kind: 'document' | 'notebook' = 'document',
  ): Promise<void> {
    const uri = Uri.file(path);
    const what = kind === 'document' ? '' : 'Notebook';
    const waits: Promise<unknown>[] = [];
    const waitUntil = (wait: Promise<unknown>): void => void waits.push(wait);
    fire(`willSave${what}`, { document: { uri }, notebook: { uri }, waitUntil });
    await Promise.all(waits);
    disk.files.set(path, bytes(text));
    fire(`didSave${what}`, { uri });
    await settle();
  }

  async before(path = '/home/shop/a.css'): Promise<readonly string[]> {
    const owed = (await this.linked.owed()).find(({ link }) => link.local === `file://${path}`);
    const { before } = await this.linked.base(owed?.link.key ?? '');
    return before.map(({ sha256 }) => sha256);
  }
}

function fire(name: string, value: unknown): void {
  window.listeners.get(name)?.(value);
}

const full = async (): Promise<void> => Promise.reject(new Error('disk full'));
const moved = (from: string, to: string): object => ({
  oldUri: Uri.file(from),
  newUri: Uri.file(to),
});
const shaOf = (text: string): string => sha256Of(bytes(text));

beforeEach(() => {
  disk.files.clear();
  Object.assign(window, {
    trusted: true,
    folders: ['/home/shop'],
    scope: 'folder',
    sync: { site: 'shop', remotePath: '/www' },
    documents: [],
    read: undefined,
  });
});

describe('a saved file', () => {
  test.each(['document', 'notebook'] as const)(
    'goes up, its bytes from before the edit remembered: %s',
    async (kind) => {
      using world = new World();
      disk.files.set('/home/shop/a.css', bytes('zero'));
      world.gate = new Promise(() => {});
      await world.save('/home/shop/a.css', 'one', kind);
      expect(world.uploaded).toEqual(['shop/www/a.css']);
      expect(await world.before()).toEqual([shaOf('zero')]);
    },
  );

  test('keeps its oldest bytes through a second save after a failure', async () => {
    using world = new World();
    disk.files.set('/home/shop/a.css', bytes('zero'));
    world.error = new Error('lost');
    await world.save('/home/shop/a.css', 'one');
    await world.save('/home/shop/a.css', 'two');
    expect(await world.before()).toEqual([shaOf('zero'), shaOf('one')]);
  });

  test('that was not there before has no bytes from before', async () => {
    using world = new World();
    world.gate = new Promise(() => {});
    await world.save('/home/shop/new.css', 'one');
    expect(await world.before('/home/shop/new.css')).toEqual([]);
    expect(world.uploaded).toEqual(['shop/www/new.css']);
  });

  test('does not wait long for a slow disk, nor is VS Code told of a broken one', async () => {
    using world = new World();
    window.read = () => new Promise(() => {});
    const waits: Promise<unknown>[] = [];
    const uri = Uri.file('/home/shop/a.css');
    fire('willSave', {
      document: { uri },
      waitUntil: (wait: Promise<unknown>) => waits.push(wait),
    });
    world.clock.advance(1_000);
    expect(await Promise.all(waits)).toEqual([undefined]);
    window.read = () => Promise.reject(new Error('broken'));
    fire('willSave', {
      document: { uri },
      waitUntil: (wait: Promise<unknown>) => waits.push(wait),
    });
    expect(await Promise.all(waits)).toEqual([undefined, undefined]);
  });

  test('is let alone outside the folders, where it is excluded, and where nothing is mapped', async () => {
    using world = new World();
    disk.files.set('/home/shop/.gitignore', bytes('*.log'));
    await world.save('/elsewhere/a.css', 'one');
    await world.save('/home/shop/node_modules/a.css', 'one');
    await world.save('/home/shop/a.log', 'one');
    window.sync = undefined;
    await world.save('/home/shop/a.css', 'one');
    expect([world.uploaded, world.problems, world.troubles.sentences]).toEqual([[], [], []]);
  });

  test('goes to the site of that name', async () => {
    using world = new World();
    window.sync = { site: 'My Shop', remotePath: '/www' };
    await world.save('/home/shop/a.css', 'one');
    expect(world.uploaded).toEqual(['shop/www/a.css']);
  });
});

describe('a mapping that cannot be used', () => {
  const unsaved = {
    uri: Uri.file('/home/shop/.vscode/settings.json'),
    isDirty: true,
    getText: () => '{ "portside.sync": {} }',
  };

  test.each([
    ['a wrong site', { sync: { site: 'shpo', remotePath: '/' } }, 'the id or the name "shpo"'],
    ['an ambiguous name', { sync: { site: 'Two', remotePath: '/' } }, 'several of your sites'],
    ['a wrong path', { sync: { site: 'shop', remotePath: 'www' } }, 'not an absolute path'],
    ['a list', { sync: [{ site: 'shop', remotePath: '/' }] }, 'a single mapping, not a list'],
    ['several folders', { folders: ['/home/shop', '/b'], scope: 'workspace' }, 'several folders'],
    ['unsaved settings', { sync: undefined, documents: [unsaved] }, 'not saved yet'],
    ['no trust', { trusted: false }, 'Restricted Mode'],
  ])('is told once and stays in sight: %s', async (_, wrong, sentence) => {
    using world = new World();
    disk.files.set('/home/shop/.vscode/settings.json', bytes('{ "portside.sync": {} }'));
    Object.assign(window, wrong);
    await world.save('/home/shop/a.css', 'one');
    await world.save('/home/shop/a.css', 'two');
    expect(world.uploaded).toEqual([]);
    expect(world.problems).toEqual([expect.stringContaining(sentence)]);
    expect(world.troubles.sentences).toEqual([expect.stringContaining(sentence)]);
    expect(await world.linked.owed()).toEqual([]);
  });

  test.each([
    ['configuration', { affectsConfiguration: (name: string) => name === 'portside.sites' }],
    ['configuration', { affectsConfiguration: (name: string) => name === 'portside.sync' }],
    ['trust', undefined],
  ])('is out of sight when it was mended, and told again when not: %s', async (event, value) => {
    using world = new World();
    window.sync = { site: 'shpo', remotePath: '/' };
    await world.save('/home/shop/a.css', 'one');
    fire(event, value);
    expect(world.troubles.sentences).toEqual([]);
    await world.save('/home/shop/a.css', 'two');
    expect(world.problems).toHaveLength(2);
    window.sync = { site: 'shop', remotePath: '/' };
    await world.save('/home/shop/a.css', 'three');
    expect([world.uploaded, world.troubles.sentences]).toEqual([['shop/a.css'], []]);
  });

  test('says nothing in Restricted Mode where nothing is mapped', async () => {
    using world = new World();
    window.trusted = false;
    disk.files.set('/home/shop/.vscode/settings.json', bytes('{}'));
    await world.save('/home/shop/a.css', 'one');
    expect(world.problems).toEqual([]);
  });

  test('is used in several folders where it is a folder’s own', async () => {
    using world = new World();
    window.folders = ['/home/shop', '/home/other'];
    await world.save('/home/shop/a.css', 'one');
    expect(world.uploaded).toEqual(['shop/www/a.css']);
  });

  test('has what it held up tried again once it may be right', async () => {
    using world = new World();
    world.error = new UploadLostItsWayError('portside.sync does not lead there');
    await world.save('/home/shop/a.css', 'one');
    world.error = undefined;
    fire('trust', undefined);
    await settle();
    expect(world.queue.state).toEqual({ waiting: 0, running: 0, failed: 0 });
  });
});

describe('what is owed', () => {
  test('is there again after a reload, among the failures, in the window of its folder', async () => {
    const first = new World();
    first.error = new Error('lost');
    await first.save('/home/shop/a.css', 'one');
    const [failed] = first.queue.failures;
    if (failed) await first.linked.failed(linkOf(failed.upload), 'lost');
    first[Symbol.dispose]();
    window.folders = ['/home/other'];
    using other = new World(first.records);
    await settle();
    expect(other.queue.failures).toEqual([]);
    window.folders = ['/home/other', '/home/shop'];
    fire('folders', undefined);
    await settle();
    expect(other.queue.failures).toMatchObject([{ error: { message: 'lost' } }]);
    expect(other.uploaded).toEqual([]);
    other.queue.retry();
    await settle();
    expect(other.uploaded).toEqual(['shop/www/a.css']);
  });

  test('is owed no more once it is dismissed', async () => {
    using world = new World();
    world.error = new Error('lost');
    await world.save('/home/shop/a.css', 'one');
    const [failed] = world.queue.failures;
    world.queue.discard(failed?.upload.key ?? '');
    expect(await world.linked.owed()).toEqual([]);
  });

  test('goes up under the new name of a file that was renamed, or of its folder', async () => {
    using world = new World();
    world.error = new Error('lost');
    await world.save('/home/shop/a.css', 'one');
    await world.save('/home/shop/in/b.css', 'one');
    world.error = undefined;
    fire('didRename', {
      files: [
        moved('/home/shop/a.css', '/home/shop/c.css'),
        moved('/home/shop/in', '/home/shop/to'),
      ],
    });
    await settle();
    expect(world.uploaded.slice(2)).toEqual(['shop/www/c.css', 'shop/www/to/b.css']);
    expect(world.queue.failures).toEqual([]);
  });

  test('stays a failure where the new name belongs nowhere', async () => {
    using world = new World();
    world.error = new Error('lost');
    await world.save('/home/shop/a.css', 'one');
    fire('didRename', {
      files: [moved('/home/shop/a.css', '/home/a.css')],
    });
    await settle();
    expect(world.queue.failures).toHaveLength(1);
  });

  test('is uploaded though it cannot be written down', async () => {
    using world = new World();
    Object.assign(world.records.bases, { set: full });
    Object.assign(world.records.owed, { set: full });
    disk.files.set('/home/shop/a.css', bytes('zero'));
    await world.save('/home/shop/a.css', 'one');
    expect(world.uploaded).toEqual(['shop/www/a.css']);
    expect(world.problems).toEqual([]);
  });
});
