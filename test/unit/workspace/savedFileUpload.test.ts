import { beforeEach, describe, expect, test } from 'vitest';
import type * as vscode from 'vscode';
import { type Storage, memoryStorage } from '../../../src/base/storage.ts';
import { toRemotePath } from '../../../src/base/paths.ts';
import { Activity } from '../../../src/workspace/activity.ts';
import { EditorIdentities } from '../../../src/workspace/editorIdentities.ts';
import { loginSources } from '../../../src/workspace/loginSources.ts';
import { Passwords } from '../../../src/workspace/passwords.ts';
import {
  type SavedFile,
  UploadConflictError,
  uploadSavedFile,
} from '../../../src/workspace/savedFileUpload.ts';
import { SiteConnections } from '../../../src/workspace/siteConnections.ts';
import { SiteLogin } from '../../../src/workspace/siteLogin.ts';
import { SiteStore } from '../../../src/workspace/siteStore.ts';
import { Uri, world } from '../../support/vscode.ts';
import { FakeServer } from '../session/fakeConnection.ts';
import { bytes, openFake } from '../session/fakeSession.ts';
import { FakeSecrets } from './fakeSecrets.ts';
import { ScriptedUser } from './scriptedUser.ts';

const signal = new AbortController().signal;

class World {
  readonly server = new FakeServer().folder('/www');
  readonly storage: Storage = memoryStorage();
  readonly store = new SiteStore();
  readonly activity = new Activity(this.server.clock);
  readonly connections = new SiteConnections(
    this.store,
    new SiteLogin(
      loginSources(this.store),
      new Passwords(new FakeSecrets(), new ScriptedUser()),
      new ScriptedUser(),
      (_site, _options, _credentials, abort) => this.server.connect(abort),
    ),
    this.activity,
    (_site, connect) => openFake(this.server, { connect }),
  );

  /** Saves the local file and uploads it, as a window that was opened just now would. */
  async upload(text: string, more: Partial<SavedFile> = {}, path = '/www/a.css'): Promise<void> {
    world.files.set('/home/a.css', bytes(text));
    const saved: SavedFile = {
      key: `shop${path}`,
      place: { siteId: 'shop', path: toRemotePath(path) },
      local: Uri.file('/home/a.css') as unknown as vscode.Uri,
      ...more,
    };
    const { connections, activity, storage } = this;
    using identities = new EditorIdentities(storage, 'uploads', this.server.clock);
    await uploadSavedFile({ connections, activity, identities }, saved, signal);
  }
}

beforeEach(() => {
  world.settings.set('portside.sites', [{ id: 'shop', host: 'a.example.com' }]);
});

describe('an upload of a saved file', () => {
  test('makes the file, and the folders above it', async () => {
    const own = new World();
    await own.upload('one', {}, '/www/deep/er/a.css');
    expect(own.server.text('/www/deep/er/a.css')).toBe('one');
  });

  test('replaces what was last uploaded, after a reload of the window as well', async () => {
    const own = new World();
    await own.upload('one');
    own.server.clock.advance(60_000);
    await own.upload('two');
    expect(own.server.text('/www/a.css')).toBe('two');
  });

  test("stops before somebody else's file, which is never replaced unasked", async () => {
    const own = new World();
    own.server.file('/www/a.css', 'theirs');
    await expect(own.upload('mine')).rejects.toThrow(UploadConflictError);
    await expect(own.upload('mine')).rejects.toThrow('which was not uploaded from here');
    expect(own.server.text('/www/a.css')).toBe('theirs');
  });

  test('stops when the file has changed since it was last uploaded', async () => {
    const own = new World();
    await own.upload('one');
    own.server.clock.advance(60_000);
    own.server.file('/www/a.css', 'theirs');
    await expect(own.upload('two')).rejects.toThrow('not the file that was last uploaded');
    expect(own.server.text('/www/a.css')).toBe('theirs');
  });

  test('replaces just what the user was shown', async () => {
    const own = new World();
    own.server.file('/www/a.css', 'theirs');
    const conflict = await own.upload('mine').catch((error: unknown) => error);
    if (!(conflict instanceof UploadConflictError)) throw conflict;
    own.server.clock.advance(60_000);
    own.server.file('/www/a.css', 'theirs, changed again');
    await expect(own.upload('mine', { agreed: conflict.found })).rejects.toThrow();
    const shown = await own.upload('mine').catch((error: unknown) => error);
    if (!(shown instanceof UploadConflictError)) throw shown;
    await own.upload('mine', { agreed: shown.found });
    expect(own.server.text('/www/a.css')).toBe('mine');
  });

  test('has nothing to do where the same bytes stand already', async () => {
    const own = new World();
    own.server.file('/www/a.css', 'same');
    const before = own.server.nodes.get(toRemotePath('/www/a.css'));
    await own.upload('same');
    expect(own.server.nodes.get(toRemotePath('/www/a.css'))).toBe(before);
    own.server.clock.advance(60_000);
    await own.upload('next');
    expect(own.server.text('/www/a.css')).toBe('next');
  });

  test('stops when the file was deleted on the server', async () => {
    const own = new World();
    await own.upload('one');
    own.server.nodes.delete(toRemotePath('/www/a.css'));
    await expect(own.upload('two')).rejects.toThrow('was deleted on the server');
  });
});
