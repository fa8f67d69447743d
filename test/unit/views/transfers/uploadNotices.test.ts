import { beforeEach, describe, expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import { toRemotePath } from '../../../../src/base/paths.ts';
import { RemoteFileError } from '../../../../src/session/remoteFileError.ts';
import type { Expected } from '../../../../src/session/remoteFileSystem.ts';
import { UploadQueue } from '../../../../src/sync/uploadQueue.ts';
import { UploadNotices } from '../../../../src/views/transfers/uploadNotices.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import { Passwords } from '../../../../src/workspace/sites/passwords.ts';
import { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { loginSources, SiteLogin } from '../../../../src/workspace/sites/siteLogin.ts';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import { OwedUploadError } from '../../../../src/workspace/sync/owedUploads.ts';
import { type SavedFile, UploadConflictError } from '../../../../src/workspace/sync/savedFile.ts';
import { Uri } from '../../../support/vscode.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { openFake } from '../../session/fakeSession.ts';
import { FakeSecrets } from '../../workspace/fakeSecrets.ts';
import { ScriptedUser } from '../../workspace/scriptedUser.ts';

interface Notice {
  readonly message: string;
  readonly buttons: readonly string[];
  readonly press: (button: string | undefined) => void;
}

// Notices stay, as those do that the user leaves in the notification centre.
const window = vi.hoisted(() => {
  const seen = { notices: [] as Notice[], status: [] as string[] };
  const show = (message: string, ...rest: readonly unknown[]): Promise<string | undefined> => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const buttons = rest.filter((each) => typeof each === 'string');
    seen.notices.push({ message, buttons, press: resolve });
    return promise;
  };
  return Object.assign(seen, { show });
});

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  window: {
    showWarningMessage: window.show,
    showErrorMessage: window.show,
    setStatusBarMessage: (text: string) => window.status.push(text),
  },
}));

class World {
  readonly errors = new Map<string, Error>();
  readonly tried: SavedFile[] = [];
  readonly store = new SiteStore();
  readonly server = new FakeServer();
  readonly user = new ScriptedUser();
  readonly queue = new UploadQueue<SavedFile>(async (saved) => {
    this.tried.push(saved);
    const error = this.errors.get(saved.key);
    if (error && saved.agreed === undefined) throw error;
  });
  readonly connections = new SiteConnections(
    this.store,
    new SiteLogin(
      loginSources(this.store),
      new Passwords(new FakeSecrets(), this.user),
      this.user,
      async (_site, _options, _credentials, signal) => this.server.connect(signal),
    ),
    new Activity(this.server.clock),
    (_site, connect) => openFake(this.server, { connect }),
  );
  readonly notices = new UploadNotices(this.queue, this.connections, {
    showLog: () => {},
    diagnose: () => {},
  });

  /** Saves a file, and waits until nothing is under way. */
  async save(name: string, error?: Error): Promise<void> {
    if (error) this.errors.set(name, error);
    this.queue.add(savedAs(name));
    await this.rest();
  }

  async rest(): Promise<void> {
    await vi.waitFor(() => expect(this.queue.pending).toEqual([]));
  }
}

function savedAs(name: string): SavedFile {
  const place = { siteId: 'shop', path: toRemotePath(`/www/${name}`) };
  return { key: name, place, local: Uri.file(`/${name}`) as unknown as vscode.Uri };
}

const said = (): readonly string[] => window.notices.map(({ message }) => message);
const conflict = (found: Expected): Error =>
  new UploadConflictError(toRemotePath('/www/a'), 'nothing', found);
const full = 'is saved here but not uploaded: The disk is full.';

beforeEach(() => {
  window.notices = [];
  window.status = [];
});

describe('an upload that fails', () => {
  test('is told though the user has not answered the notice before', async () => {
    const world = new World();
    await world.save('a', new Error('The disk is full.'));
    await world.save('b', new Error('The disk is full.'));
    expect(said()).toEqual([`a ${full}`, `b ${full}`]);
  });

  test('is not told twice while its notice stands, unless the user has retried it', async () => {
    const world = new World();
    await world.save('a', new Error('The disk is full.'));
    await world.save('a');
    expect(said()).toHaveLength(1);
    world.notices.retry();
    await world.rest();
    expect(world.tried).toHaveLength(3);
    expect(said()).toEqual([`a ${full}`, `a ${full}`]);
  });

  test('is told once for many files of one cause, and they are tried together', async () => {
    const world = new World();
    for (const name of ['a', 'b', 'c']) world.errors.set(name, new Error('The disk is full.'));
    await Promise.all(['a', 'b', 'c'].map((name) => world.save(name)));
    expect(said()).toEqual([`a ${full}`]);
    world.errors.clear();
    window.notices[0]?.press('Retry');
    await vi.waitFor(() => expect(window.status).toHaveLength(3));
    expect(window.status[0]).toBe('/www/a was uploaded');
    expect(world.queue.failures).toEqual([]);
  });
});

test('what fails again of the same by itself is told once, though its notice was passed by', async () => {
  const world = new World();
  await world.save('a', new Error('The disk is full.'));
  window.notices[0]?.press(undefined);
  await world.rest();
  world.queue.retry();
  await world.rest();
  expect(said()).toHaveLength(1);
  world.errors.set('a', new Error('The folder is gone.'));
  world.queue.retry();
  await world.rest();
  expect(said()).toHaveLength(2);
});

test('what is owed from an earlier time is told in one notice, and retried from it', async () => {
  const world = new World();
  const owed = ['a', 'b', 'c'].map((name, at) => ({
    upload: savedAs(name),
    error: new OwedUploadError(`reason ${at}`),
  }));
  world.queue.restore(owed);
  expect(said()).toEqual(['3 files that were saved earlier have not been uploaded yet.']);
  expect(window.notices[0]?.buttons).toEqual(['Retry', 'Show Uploads']);
  window.notices[0]?.press('Retry');
  await vi.waitFor(() => expect(window.status).toHaveLength(3));
  expect(world.tried.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
});

test.each([
  [new RemoteFileError('unavailable', toRemotePath('/www/a'), 'No data path is left'), true],
  [new RemoteFileError('noSpace', toRemotePath('/www/a'), 'The disk is full'), false],
])(
  'an upload that fails for want of a connection may be diagnosed: $reason',
  async (error, may) => {
    await new World().save('a', error);
    expect(window.notices[0]?.buttons.includes('Find Out Why…')).toBe(may);
  },
);

describe('an upload that found another file on the server', () => {
  test('is decided by a notice from before a retry, as long as it is the same file', async () => {
    const world = new World();
    await world.save('a', conflict('absent'));
    world.errors.set('a', conflict('absent'));
    world.queue.retry();
    await world.rest();
    expect(said()).toHaveLength(1);
    window.notices[0]?.press('Overwrite');
    await vi.waitFor(() => expect(world.queue.failures).toEqual([]));
    expect(world.tried.at(-1)?.agreed).toBe('absent');
  });

  test('is told again when it is another file by now, and the old answer does nothing', async () => {
    const world = new World();
    const facts = { modified: 1, unique: undefined, sha256: undefined, settled: true };
    await world.save('a', conflict({ size: 1, ...facts }));
    await world.save('a', conflict({ size: 2, ...facts }));
    expect(said()).toHaveLength(2);
    window.notices[0]?.press('Overwrite');
    window.notices[1]?.press("Keep the Server's File");
    await vi.waitFor(() => expect(world.queue.failures).toEqual([]));
    expect(world.tried).toHaveLength(2);
  });

  test('is asked about again when the user comes back to it', async () => {
    const world = new World();
    await world.save('a', conflict('absent'));
    window.notices[0]?.press(undefined);
    const decided = world.notices.decide('a');
    window.notices[1]?.press("Keep the Server's File");
    await decided;
    expect(world.queue.failures).toEqual([]);
  });
});
