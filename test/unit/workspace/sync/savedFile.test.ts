import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type * as vscode from 'vscode';
import { silentLogger } from '../../../../src/base/logger.ts';
import { toRemotePath } from '../../../../src/base/paths.ts';
import { memoryRecords } from '../../../../src/base/records.ts';
import { sha256Of } from '../../../../src/session/known/fileIdentity.ts';
import { LinkedFiles, type LinkRecords } from '../../../../src/sync/linkedFiles.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import { Passwords } from '../../../../src/workspace/sites/passwords.ts';
import { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { loginSources, SiteLogin } from '../../../../src/workspace/sites/siteLogin.ts';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import {
  linkOf,
  type SavedFile,
  savedFile,
  UploadConflictError,
  UploadLostItsWayError,
  uploadSavedFile,
} from '../../../../src/workspace/sync/savedFile.ts';
import type { SyncTarget } from '../../../../src/workspace/sync/syncTargets.ts';
import { Uri, world } from '../../../support/vscode.ts';
import { FakeServer, type FakeServerOptions } from '../../session/fakeConnection.ts';
import { bytes, openFake } from '../../session/fakeSession.ts';
import { FakeSecrets } from '../fakeSecrets.ts';
import { ScriptedUser } from '../scriptedUser.ts';

const signal = new AbortController().signal;
const local = '/home/a.css';

class World {
  readonly server: FakeServer;
  readonly records: LinkRecords = { bases: memoryRecords(), owed: memoryRecords() };
  readonly store = new SiteStore();
  readonly activity: Activity;
  readonly connections: SiteConnections;
  readonly path: string;
  target: SyncTarget;
  // A window that was opened just now; `reload` opens another one.
  linked = new LinkedFiles(this.records);

  constructor({
    path = '/www/a.css',
    largestFile,
    ...server
  }: FakeServerOptions & { path?: string; largestFile?: number } = {}) {
    this.server = new FakeServer(server).folder('/www');
    this.activity = new Activity(this.server.clock);
    this.path = path;
    this.target = { kind: 'mapped', place: this.saved.place };
    this.connections = new SiteConnections(
      this.store,
      new SiteLogin(
        loginSources(this.store),
        new Passwords(new FakeSecrets(), new ScriptedUser()),
        new ScriptedUser(),
        (_site, _options, _credentials, abort) => this.server.connect(abort),
      ),
      this.activity,
      (_site, connect) =>
        openFake(this.server, { connect, ...(largestFile === undefined ? {} : { largestFile }) }),
    );
    world.files.delete(local);
  }

  get saved(): SavedFile {
    const place = { siteId: 'shop', path: toRemotePath(this.path) };
    return savedFile(Uri.file(local) as unknown as vscode.Uri, place);
  }

  /** Puts the file on this machine's disk, past any editor. */
  onDisk(text: string): this {
    world.files.set(local, bytes(text));
    return this;
  }

  reload(): this {
    this.linked = new LinkedFiles(this.records);
    return this;
  }

  /** Saves what an editor holds: what stood on the disk until then is the candidate for the base. */
  async save(text: string): Promise<void> {
    const before = world.files.get(local);
    this.onDisk(text);
    const base = before && { size: before.length, sha256: sha256Of(before) };
    await this.linked.saved(linkOf(this.saved), base);
  }

  async upload(more: Partial<SavedFile> = {}): Promise<void> {
    const { connections, activity, linked } = this;
    const targets = { find: async () => this.target };
    const parts = { connections, activity, linked, targets, logger: silentLogger };
    await uploadSavedFile(parts, { ...this.saved, ...more }, signal);
  }

  async saveAndUpload(text: string): Promise<void> {
    await this.save(text);
    await this.upload();
  }

  async conflict(): Promise<UploadConflictError> {
    const error = await this.upload().catch((thrown: unknown) => thrown);
    if (!(error instanceof UploadConflictError)) throw error;
    return error;
  }

  async owed(): Promise<readonly (string | undefined)[]> {
    return (await this.linked.owed()).map(({ reason }) => reason);
  }

  later(): this {
    this.server.clock.advance(60_000);
    return this;
  }
}

beforeEach(() => {
  world.settings.set('portside.sites', [{ id: 'shop', host: 'a.example.com' }]);
});

describe('the first upload of a saved file', () => {
  test('makes the file, and the folders above it', async () => {
    const own = new World({ path: '/www/deep/er/a.css' });
    await own.saveAndUpload('one');
    expect(own.server.text('/www/deep/er/a.css')).toBe('one');
    expect(await own.owed()).toEqual([]);
  });

  test('makes the file where one stood here before, and none on the server', async () => {
    const own = new World().onDisk('zero');
    await own.saveAndUpload('one');
    expect(own.server.text('/www/a.css')).toBe('one');
  });

  test.each([{}, { hash: true }, { mlst: false }, { mlst: false, size: false }])(
    'asks nothing where the server has what stood here before the edit: %j',
    async (options) => {
      const own = new World(options).onDisk('zero');
      own.server.file('/www/a.css', 'zero');
      await own.later().saveAndUpload('one');
      expect(own.server.text('/www/a.css')).toBe('one');
    },
  );

  test('sends it once, and reads nothing where the server has a hash', async () => {
    const own = new World({ hash: true }).onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    await own.later().saveAndUpload('one');
    expect([own.server.count('STOR'), own.server.count('RETR')]).toEqual([1, 0]);
  });

  test('reads the server’s file once where it has no hash', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    await own.later().saveAndUpload('one');
    expect([own.server.count('STOR'), own.server.count('RETR')]).toEqual([1, 1]);
  });

  test('compares a file that is too large to be looked at unasked where its size is known', async () => {
    const own = new World({ largestFile: 2 }).onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    await own.later().saveAndUpload('one');
    expect(own.server.text('/www/a.css')).toBe('one');
  });

  test('reads nothing of a large file that is another one by its size, and may replace it', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'else'.repeat(1_000_000));
    await own.later().save('mine');
    const { found } = await own.conflict();
    expect(own.server.count('RETR')).toBe(0);
    own.later().server.file('/www/a.css', 'more'.repeat(1_000_001));
    await expect(own.upload({ agreed: found })).rejects.toThrow(UploadConflictError);
    const now = await own.conflict();
    await own.upload({ agreed: now.found });
    expect(own.server.text('/www/a.css')).toBe('mine');
  });

  test('sends nothing where the same bytes stand already, and builds upon them', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'same');
    await own.later().saveAndUpload('same');
    expect(own.server.count('STOR')).toBe(0);
    await own.later().reload().saveAndUpload('next');
    expect(own.server.text('/www/a.css')).toBe('next');
  });

  test.each([
    ['zero', 'not the file that was here before you edited it'],
    [undefined, 'which was not uploaded from here'],
  ])("stops before another user's file, where %s stood here", async (before, sentence) => {
    const own = new World();
    if (before !== undefined) own.onDisk(before);
    own.server.file('/www/a.css', 'else');
    await own.save('mine');
    expect((await own.conflict()).message).toContain(sentence);
    expect(own.server.text('/www/a.css')).toBe('else');
    expect(own.server.names('/www')).toEqual(['a.css']);
  });

  test('asks nothing for three hundred files that are there', async () => {
    const own = new World({ hash: true });
    for (let at = 0; at < 300; at++) {
      const place = { siteId: 'shop', path: toRemotePath(`/www/${at}.css`) };
      own.server.file(place.path, `old ${at}`);
      const saved = savedFile(Uri.file(`/home/${at}.css`) as unknown as vscode.Uri, place);
      world.files.set(`/home/${at}.css`, bytes(`new ${at}`));
      const old = bytes(`old ${at}`);
      await own.linked.saved(linkOf(saved), { size: old.length, sha256: sha256Of(old) });
      own.target = { kind: 'mapped', place };
      await own.upload(saved);
      expect(own.server.text(place.path)).toBe(`new ${at}`);
    }
    expect(own.server.count('RETR')).toBe(0);
  });
});

describe('an upload over an earlier one', () => {
  test('of another folder on this machine is another user’s', async () => {
    const own = new World();
    await own.saveAndUpload('one');
    const { place } = own.saved;
    const other = savedFile(Uri.file('/checkout/a.css') as unknown as vscode.Uri, place);
    world.files.set('/checkout/a.css', bytes('older, edited'));
    const older = { size: 5, sha256: sha256Of(bytes('older')) };
    await own.later().linked.saved(linkOf(other), older);
    await expect(own.upload(other)).rejects.toThrow(UploadConflictError);
    expect(own.server.text('/www/a.css')).toBe('one');
  });

  test('replaces it, after a reload of the window as well', async () => {
    const own = new World();
    await own.saveAndUpload('one');
    await own.later().saveAndUpload('two');
    await own.later().reload().saveAndUpload('three');
    expect(own.server.text('/www/a.css')).toBe('three');
  });

  test('does so where no editor told what stood here before', async () => {
    const own = new World();
    await own.saveAndUpload('one');
    own.later().onDisk('two');
    await own.reload().linked.saved(linkOf(own.saved), undefined);
    await own.upload();
    expect(own.server.text('/www/a.css')).toBe('two');
  });

  test('stops when the file has changed since', async () => {
    const own = new World();
    await own.saveAndUpload('one');
    own.later().server.file('/www/a.css', 'else');
    await own.save('two');
    expect((await own.conflict()).message).toContain('not the file that was last uploaded');
    expect(own.server.text('/www/a.css')).toBe('else');
  });

  test('stops when the file was deleted on the server', async () => {
    const own = new World();
    await own.saveAndUpload('one');
    own.server.nodes.delete(toRemotePath('/www/a.css'));
    await own.save('two');
    expect((await own.conflict()).message).toContain('was deleted on the server');
  });

  test('asks nothing where both sides were brought to the same bytes another way', async () => {
    const own = new World();
    await own.saveAndUpload('one');
    own.later().server.file('/www/a.css', 'pulled');
    own.onDisk('pulled');
    await own.saveAndUpload('mine');
    expect(own.server.text('/www/a.css')).toBe('mine');
  });

  test('replaces just what the user was shown', async () => {
    const own = new World();
    own.server.file('/www/a.css', 'theirs');
    await own.save('mine');
    const { found } = await own.conflict();
    own.later().server.file('/www/a.css', 'theirs, changed again');
    await expect(own.upload({ agreed: found })).rejects.toThrow(UploadConflictError);
    const shown = await own.conflict();
    await own.upload({ agreed: shown.found });
    expect(own.server.text('/www/a.css')).toBe('mine');
  });
});

function lost(own: World): void {
  own.server.greet = async () => Promise.reject(new Error('nobody answers'));
}

function back(own: World): void {
  own.server.greet = async () => {};
}

describe('an upload that fails', () => {
  test('stays owed, with its reason, over a reload', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    lost(own);
    await own.save('one');
    await expect(own.upload()).rejects.toThrow();
    expect(await own.reload().owed()).toEqual([expect.stringContaining('nobody answers')]);
    back(own);
    await own.upload();
    expect(own.server.text('/www/a.css')).toBe('one');
    expect(await own.owed()).toEqual([]);
  });

  test('holds the server’s file against what stood here before the first of several saves', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    lost(own);
    for (let at = 0; at < 20; at++) {
      await own.save(`save ${at}`);
      await expect(own.upload()).rejects.toThrow();
      own.reload();
    }
    back(own);
    await own.later().saveAndUpload('last');
    expect(own.server.text('/www/a.css')).toBe('last');
  });

  test('asks nothing where it had arrived all the same', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    lost(own);
    await own.save('one');
    await expect(own.upload()).rejects.toThrow();
    back(own);
    own.server.file('/www/a.css', 'one');
    await own.later().saveAndUpload('two');
    expect(own.server.text('/www/a.css')).toBe('two');
  });

  test('is not owed once it is dismissed, and its base holds for the next save', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    lost(own);
    await own.save('one');
    await expect(own.upload()).rejects.toThrow();
    await own.linked.dismissed(own.saved.key);
    expect(await own.owed()).toEqual([]);
    back(own);
    await own.reload().later().saveAndUpload('two');
    expect(own.server.text('/www/a.css')).toBe('two');
  });

  test('says that the local file is gone, and uploads nothing', async () => {
    const own = new World().onDisk('zero');
    await own.save('one');
    world.files.delete(local);
    await expect(own.upload()).rejects.toThrow('deleted or renamed here before it was uploaded');
    expect(own.server.names('/www')).toEqual([]);
  });

  test.each([
    [{ kind: 'problem', sentence: 'Not trusted' } as const, 'Not trusted'],
    [{ kind: 'unmapped' } as const, 'does not lead to /www/a.css on "shop" any more'],
    [
      { kind: 'mapped', place: { siteId: 'shop', path: toRemotePath('/live/a.css') } } as const,
      'does not lead to /www/a.css on "shop" any more',
    ],
  ])('goes nowhere else than where it was saved for: %j', async (target, sentence) => {
    const own = new World();
    await own.save('one');
    own.target = target;
    const upload = own.upload();
    await expect(upload).rejects.toThrow(UploadLostItsWayError);
    await expect(upload).rejects.toThrow(sentence);
    expect(own.server.commands).toEqual([]);
  });

  test('keeps what was saved while it was under way, upon what it has sent', async () => {
    const own = new World().onDisk('zero');
    own.server.file('/www/a.css', 'zero');
    own.later();
    await own.save('one');
    let saved: Promise<void> | undefined;
    own.server.before = (command) => {
      if (command.startsWith('STOR')) saved ??= own.save('two');
    };
    await own.upload();
    await saved;
    expect(own.server.text('/www/a.css')).toBe('one');
    expect(await own.owed()).toHaveLength(1);
    await own.later().upload();
    expect(own.server.text('/www/a.css')).toBe('two');
    expect(await own.owed()).toEqual([]);
  });

  test('is told as it is where the memory cannot be written', async () => {
    const own = new World();
    own.records.bases.set = async () => Promise.reject(new Error('disk full'));
    await own.save('one').catch(() => {});
    await own.upload();
    await own
      .later()
      .saveAndUpload('two')
      .catch(() => own.upload());
    expect(own.server.text('/www/a.css')).toBe('two');
  });
});

/** A person at an editor, a colleague, and a line that breaks: no two contents are the same. */
class Story {
  readonly own: World;
  /** What this machine's disk has held: to write over it loses nothing. */
  readonly #seen = new Set(['v0']);
  /** Another user has written since the last upload. */
  #foreign = false;
  #count = 0;

  constructor(hash: boolean) {
    this.own = new World({ hash }).onDisk('v0');
    this.own.server.file('/www/a.css', 'v0');
  }

  readonly steps: Readonly<Record<string, () => Promise<void> | void>> = {
    save: async () => {
      const text = this.#next();
      this.#seen.add(text);
      await this.own.save(text);
    },
    upload: () => this.#upload(() => undefined),
    uploadBadly: () => {
      const verb = ['STOR', 'RNTO', 'MLST'][++this.#count % 3] ?? '';
      const fault = this.#count % 2 === 0 ? 'lostBefore' : 'lostAfter';
      return this.#upload((_, command) => (command.startsWith(verb) ? fault : undefined));
    },
    theirs: () => {
      this.own.server.file('/www/a.css', this.#next());
      this.#foreign = true;
    },
    pull: () => {
      this.#seen.add(this.#onServer());
      this.own.onDisk(this.#onServer());
    },
    reload: () => void this.own.reload(),
    dismiss: () => this.own.linked.dismissed(this.own.saved.key),
    later: () => void this.own.later(),
  };

  async #upload(fault: FakeServer['fault']): Promise<void> {
    const { own } = this;
    const before = this.#onServer();
    const here = Buffer.from(world.files.get(local) ?? []).toString();
    own.server.fault = fault;
    const error = await own.upload().catch((thrown: unknown) => thrown);
    own.server.fault = () => undefined;
    const after = this.#onServer();
    if (after !== before) {
      expect(this.#seen).toContain(before);
      expect(after).toBe(here);
    }
    // If no other user wrote, no question comes, however often it has failed before.
    if (!this.#foreign) expect(error).not.toBeInstanceOf(UploadConflictError);
    if (error === undefined) {
      expect(after).toBe(here);
      this.#foreign = false;
    } else expect(await own.owed()).toHaveLength(1);
  }

  #next(): string {
    return `v${++this.#count}`;
  }

  #onServer(): string {
    return this.own.server.text('/www/a.css') ?? '';
  }
}

test('whatever happens in whatever order, only bytes that were here are replaced', async () => {
  const names = Object.keys(new Story(false).steps);
  const script = fc.array(fc.constantFrom(...names), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (steps, hash) => {
      const story = new Story(hash);
      for (const step of steps) await story.steps[step]?.();
    }),
    { numRuns: 300 },
  );
});
