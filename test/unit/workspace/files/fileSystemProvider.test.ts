import { beforeEach, describe, expect, test } from 'vitest';
import type * as vscode from 'vscode';
import { memoryStorage } from '../../../../src/base/storage.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import { ChangePoll } from '../../../../src/workspace/files/changePoll.ts';
import { EditorIdentities } from '../../../../src/workspace/files/editorIdentities.ts';
import { SiteFileSystemProvider } from '../../../../src/workspace/files/fileSystemProvider.ts';
import { ToldConflicts } from '../../../../src/workspace/files/conflicts.ts';
import { Passwords } from '../../../../src/workspace/sites/passwords.ts';
import { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { loginSources, SiteLogin } from '../../../../src/workspace/sites/siteLogin.ts';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import { Uri, world } from '../../../support/vscode.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { bytes, openFake } from '../../session/fakeSession.ts';
import { FakeSecrets } from '../fakeSecrets.ts';
import { ScriptedUser } from '../scriptedUser.ts';

const uri = (path: string, authority = 'shop'): vscode.Uri =>
  Uri.from({ scheme: 'portside', authority, path }) as unknown as vscode.Uri;

const twoSites = [
  { id: 'shop', name: 'My Shop', host: 'a.example.com' },
  { id: 'blog', name: 'Blog', host: 'b.example.com' },
];

const anyhow = { create: true, overwrite: true };

/** One site as VS Code sees it, with a server in memory behind it. */
class World {
  readonly server = new FakeServer().folder('/dir').file('/a.txt', 'one').file('/dir/b.txt', 'two');
  /** Behind the site "blog". */
  readonly other = new FakeServer();
  readonly user = new ScriptedUser();
  readonly store = new SiteStore();
  readonly activity = new Activity(this.server.clock);
  readonly identities = new EditorIdentities(memoryStorage(), 'editors', new FakeClock());
  readonly conflicts = new ToldConflicts();
  readonly openUris = new Set<string>();
  readonly changedUris = new Set<string>();
  readonly connections = new SiteConnections(
    this.store,
    new SiteLogin(
      loginSources(this.store),
      new Passwords(new FakeSecrets(), this.user),
      this.user,
      (_site, _options, _credentials, signal) => this.server.connect(signal),
    ),
    this.activity,
    ({ readOnly, id }, connect) =>
      id === 'blog'
        ? openFake(this.other, { readOnly })
        : openFake(this.server, { connect, readOnly }),
  );
  readonly provider = new SiteFileSystemProvider({
    connections: this.connections,
    activity: this.activity,
    identities: this.identities,
    documents: {
      isOpen: (each) => this.openUris.has(each.path),
      isChanged: (each) => this.changedUris.has(each.path),
    },
    conflicts: this.conflicts,
    questions: this.user,
    poll: new ChangePoll(this.server.clock, {
      list: async () => undefined,
      openFolders: () => [],
    }),
  });

  constructor() {
    this.server.clock.advance(60_000);
  }

  async text(path: string): Promise<string> {
    return Buffer.from(await this.provider.readFile(uri(path))).toString();
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing failed',
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  );
}

beforeEach(() => {
  world.settings.set('portside.sites', [{ id: 'shop', name: 'My Shop', host: 'a.example.com' }]);
});

describe('VS Code', () => {
  test('sees files and folders', async () => {
    const { provider } = new World();
    expect(Object.fromEntries(await provider.readDirectory(uri('/')))).toEqual({
      'a.txt': 1,
      dir: 2,
    });
    expect(await provider.stat(uri('/a.txt'))).toMatchObject({ type: 1, size: 3 });
  });

  test('reads, writes, makes, renames, copies and deletes', async () => {
    const own = new World();
    const { provider, server } = own;
    expect(await own.text('/a.txt')).toBe('one');
    await provider.writeFile(uri('/a.txt'), bytes('changed'), anyhow);
    await provider.createDirectory(uri('/new'));
    await provider.rename(uri('/a.txt'), uri('/new/a.txt'), { overwrite: false });
    await provider.copy(uri('/new/a.txt'), uri('/copy.txt'), { overwrite: false });
    await provider.delete(uri('/dir'), { recursive: true });
    expect([...server.nodes.keys()].toSorted()).toEqual(['/', '/copy.txt', '/new', '/new/a.txt']);
    expect(server.text('/copy.txt')).toBe('changed');
    expect(own.user.asked).toEqual([]);
  });

  test('is told what is wrong in its own words, with the site in front', async () => {
    const { provider } = new World();
    const failed = await codeOf(provider.readFile(uri('/gone.txt')));
    expect(failed).toMatch(/^FileNotFound: My Shop: .*\/gone\.txt/);
    expect(await codeOf(provider.readDirectory(uri('/a.txt')))).toMatch(/^FileNotADirectory/);
    expect(await codeOf(provider.readFile(uri('/dir')))).toMatch(/^FileIsADirectory/);
    const taken = provider.writeFile(uri('/a.txt'), bytes(''), { create: true, overwrite: false });
    expect(await codeOf(taken)).toMatch(/^FileExists/);
    const missing = provider.writeFile(uri('/c'), bytes(''), { create: false, overwrite: true });
    expect(await codeOf(missing)).toMatch(/^FileNotFound/);
  });

  test('is told the documented code of each error', async () => {
    const { provider } = new World();
    const gently = { overwrite: false };
    const write = { create: true, overwrite: false };
    const wrong: readonly [string, Promise<unknown>][] = [
      ['FileNotFound', provider.stat(uri('/none'))],
      ['FileNotFound', provider.stat(uri('/a.txt/below'))],
      ['FileNotFound', provider.readDirectory(uri('/none'))],
      ['FileNotFound', provider.createDirectory(uri('/none/new'))],
      ['FileExists', provider.createDirectory(uri('/dir'))],
      ['FileExists', provider.createDirectory(uri('/a.txt'))],
      ['FileNotADirectory', provider.createDirectory(uri('/a.txt/new'))],
      ['FileNotFound', provider.readFile(uri('/none'))],
      ['FileNotFound', provider.readFile(uri('/a.txt/below'))],
      ['FileNotFound', provider.writeFile(uri('/none'), bytes('x'), { ...write, create: false })],
      ['FileNotFound', provider.writeFile(uri('/none/new'), bytes('x'), write)],
      ['FileNotADirectory', provider.writeFile(uri('/a.txt/new'), bytes('x'), write)],
      ['FileIsADirectory', provider.writeFile(uri('/dir'), bytes('x'), anyhow)],
      ['FileExists', provider.writeFile(uri('/a.txt'), bytes('x'), write)],
      ['NoPermissions', provider.writeFile(uri('/a\nb'), bytes('x'), write)],
      ['NoPermissions', provider.createDirectory(uri('/a\nb'))],
      ['NoPermissions', provider.rename(uri('/a.txt'), uri('/a\nb'), gently)],
      ['NoPermissions', provider.copy(uri('/a.txt'), uri('/a\nb'), gently)],
      ['FileNotFound', provider.delete(uri('/none'), { recursive: true })],
      ['FileNotFound', provider.rename(uri('/none'), uri('/new'), gently)],
      ['FileNotFound', provider.rename(uri('/a.txt'), uri('/none/new'), gently)],
      ['FileExists', provider.rename(uri('/a.txt'), uri('/dir/b.txt'), gently)],
      ['FileNotFound', provider.copy(uri('/none'), uri('/new'), gently)],
      ['FileNotFound', provider.copy(uri('/a.txt'), uri('/none/new'), gently)],
      ['FileNotFound', provider.copy(uri('/dir'), uri('/none/new'), gently)],
      ['FileExists', provider.copy(uri('/a.txt'), uri('/dir/b.txt'), gently)],
    ];
    const told = await Promise.all(wrong.map(([, failing]) => codeOf(failing)));
    expect(told.map((text, at) => [at, text.split(':')[0]])).toEqual(
      wrong.map(([code], at) => [at, code]),
    );
  });

  test('is told of a site that does not exist', async () => {
    const { provider } = new World();
    expect(await codeOf(provider.stat(uri('/', 'other')))).toMatch(/^Unavailable: other: There is/);
  });

  test.each(['/a\nDELE b', '/a/../../b', '/a\0'])('finds nothing at %j', async (path) => {
    const own = new World();
    expect(await codeOf(own.provider.stat(uri(path)))).toMatch(/^FileNotFound/);
    expect(own.server.commands).toEqual([]);
  });

  test('hears of changes', async () => {
    const { provider } = new World();
    const heard: string[] = [];
    provider.onDidChangeFile((events) =>
      heard.push(...events.map((event) => `${event.type} ${String(event.uri)}`)),
    );
    await provider.delete(uri('/a.txt'), { recursive: false });
    expect(heard).toEqual(['3 portside://shop/a.txt']);
  });

  test('does not change a read-only site', async () => {
    world.settings.set('portside.sites', [{ id: 'shop', host: 'a', readOnly: true }]);
    const { provider, server } = new World();
    expect(await codeOf(provider.writeFile(uri('/a.txt'), bytes('x'), anyhow))).toMatch(/^NoPerm/);
    expect(server.text('/a.txt')).toBe('one');
    expect(await provider.stat(uri('/a.txt'))).toMatchObject({ permissions: 1 });
  });

  test('copies and moves from one site to another', async () => {
    world.settings.set('portside.sites', twoSites);
    const own = new World();
    const { provider, other } = own;
    await provider.copy(uri('/dir'), uri('/copy', 'blog'), { overwrite: false });
    await provider.rename(uri('/dir'), uri('/moved', 'blog'), { overwrite: false });
    expect([other.text('/copy/b.txt'), other.text('/moved/b.txt')]).toEqual(['two', 'two']);
    expect(own.server.names('/')).toEqual(['a.txt']);
    const over = provider.rename(uri('/a.txt'), uri('/copy/b.txt', 'blog'), { overwrite: false });
    expect(await codeOf(over)).toMatch(/^FileExists: Blog: .*\/copy\/b\.txt/);
    const nowhere = provider.copy(uri('/a.txt'), uri('/none/a', 'blog'), { overwrite: false });
    expect(await codeOf(nowhere)).toMatch(/^FileNotFound: .*\/none\/a/);
    const missing = provider.copy(uri('/none'), uri('/a', 'blog'), { overwrite: false });
    expect(await codeOf(missing)).toMatch(/^FileNotFound: .*\/none/);
  });

  test('saves an open file on after it was moved to another site, and sees a conflict there', async () => {
    world.settings.set('portside.sites', twoSites);
    const { provider, other, user, ...own } = new World();
    await provider.readFile(uri('/a.txt'));
    own.server.clock.advance(60_000);
    await provider.rename(uri('/a.txt'), uri('/a.txt', 'blog'), { overwrite: false });
    await provider.writeFile(uri('/a.txt', 'blog'), bytes('saved'), anyhow);
    expect([other.text('/a.txt'), user.asked]).toEqual(['saved', []]);
  });

  test('moves nothing away from a read-only site, nor to one', async () => {
    const [shop, blog] = twoSites;
    for (const sites of [
      [{ ...shop, readOnly: true }, blog],
      [shop, { ...blog, readOnly: true }],
    ]) {
      world.settings.set('portside.sites', sites);
      const { provider, server, other } = new World();
      const moving = provider.rename(uri('/a.txt'), uri('/a.txt', 'blog'), { overwrite: true });
      expect(await codeOf(moving)).toMatch(/^NoPermissions/);
      expect([server.text('/a.txt'), other.names('/')]).toEqual(['one', []]);
    }
  });

  test('moves nothing into itself', async () => {
    const { provider } = new World();
    const inside = provider.rename(uri('/dir'), uri('/dir/sub'), { overwrite: true });
    expect(await codeOf(inside)).toMatch(/^NoPermissions: .*into itself/);
  });

  test('gets the facts of a changed document from the server, not from memory', async () => {
    const own = new World();
    await own.provider.readDirectory(uri('/'));
    own.server.file('/a.txt', 'longer');
    expect((await own.provider.stat(uri('/a.txt'))).size).toBe(3);
    own.changedUris.add('/a.txt');
    expect((await own.provider.stat(uri('/a.txt'))).size).toBe(6);
  });
});

describe('a save', () => {
  test("asks before it overwrites a colleague's file, and fails when the user says no", async () => {
    const own = new World();
    await own.text('/a.txt');
    own.server.file('/a.txt', 'two');
    const saved = await codeOf(own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow));
    expect(saved).toMatch(/^Unavailable: My Shop: \/a\.txt was not saved/);
    expect(own.server.text('/a.txt')).toBe('two');
    own.user.choices = ['overwrite'];
    await own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow);
    expect(own.server.text('/a.txt')).toBe('mine');
  });

  test('asks nothing after a save of our own', async () => {
    const own = new World();
    await own.text('/a.txt');
    for (const text of ['x', 'y', 'z']) {
      await own.provider.writeFile(uri('/a.txt'), bytes(text), anyhow);
    }
    expect(own.server.text('/a.txt')).toBe('z');
    expect(own.user.asked).toEqual([]);
  });

  test('is not fooled by a read behind the back of an open editor', async () => {
    const own = new World();
    await own.text('/a.txt');
    own.openUris.add('/a.txt');
    own.server.file('/a.txt', 'two');
    expect(await own.text('/a.txt')).toBe('two');
    await codeOf(own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow));
    expect(own.user.asked).toHaveLength(1);
  });

  test('over a file that VS Code has just looked at needs no second question', async () => {
    const own = new World();
    await own.provider.stat(uri('/a.txt'));
    await own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow);
    expect(own.server.text('/a.txt')).toBe('mine');
    expect(own.user.asked).toEqual([]);
  });

  test('over a file that has come since VS Code looked asks first', async () => {
    const own = new World();
    await codeOf(own.provider.stat(uri('/new.txt')));
    own.server.file('/new.txt', 'theirs');
    await codeOf(own.provider.writeFile(uri('/new.txt'), bytes('mine'), anyhow));
    expect(own.user.conflicts.map(({ held }) => held)).toEqual(['absent']);
    expect(own.server.text('/new.txt')).toBe('theirs');
  });

  test('over a file that nobody has looked at asks first', async () => {
    const own = new World();
    await codeOf(own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow));
    expect(own.user.asked).toEqual(['conflict at /a.txt']);
    expect(own.server.text('/a.txt')).toBe('one');
  });

  test('of a new file needs no question', async () => {
    const own = new World();
    await own.provider.writeFile(uri('/new.txt'), bytes('mine'), anyhow);
    expect(own.server.text('/new.txt')).toBe('mine');
  });

  test('knows the file after a rename', async () => {
    const own = new World();
    await own.text('/a.txt');
    await own.provider.rename(uri('/a.txt'), uri('/b.txt'), { overwrite: false });
    own.server.file('/b.txt', 'theirs');
    await codeOf(own.provider.writeFile(uri('/b.txt'), bytes('mine'), anyhow));
    expect(own.user.asked).toEqual(['conflict at /b.txt']);
  });
});

/** VS Code as it saves a changed editor: it looks, compares with what it knows, and writes. */
class Editor {
  readonly own = new World();
  #known = { mtime: 0, size: 0 };

  async open(): Promise<this> {
    this.#known = await this.own.provider.stat(uri('/a.txt'));
    await this.own.text('/a.txt');
    this.own.openUris.add('/a.txt');
    return this;
  }

  edit(): this {
    this.own.changedUris.add('/a.txt');
    return this;
  }

  /** `overwrite`: the user has said so to VS Code's own question. Tells a failure as it is. */
  async save(text: string, how: 'ask' | 'overwrite' = 'ask'): Promise<string> {
    const { provider } = this.own;
    const told = await provider.stat(uri('/a.txt'));
    const { mtime, size } = this.#known;
    // FileService.validateWriteFile compares the sizes through an etag of the editor's own time.
    if (how === 'ask' && mtime < told.mtime && size !== told.size) return 'asked';
    const failed = await codeOf(provider.writeFile(uri('/a.txt'), bytes(text), anyhow));
    if (failed !== 'nothing failed') return failed;
    const after = await provider.stat(uri('/a.txt'));
    if (this.#known.mtime <= after.mtime) this.#known = after;
    this.own.changedUris.delete('/a.txt');
    return 'saved';
  }
}

const theirs: Readonly<Record<string, (world: World) => void>> = {
  'longer and newer': ({ server }) => void server.file('/a.txt', 'theirs, longer'),
  'of equal size and newer': ({ server }) => {
    server.clock.advance(5_000);
    server.file('/a.txt', 'two');
  },
  'of equal size and older': ({ server }) => void server.file('/a.txt', 'two', { modified: 5_000 }),
  'longer and older': ({ server }) => void server.file('/a.txt', 'longer', { modified: 5_000 }),
  empty: ({ server }) => void server.file('/a.txt', ''),
};

describe.each(Object.entries(theirs))("a changed editor's file that is %s", (_, change) => {
  test('is asked about by VS Code alone, and overwritten when it says so', async () => {
    const editor = (await new Editor().open()).edit();
    change(editor.own);
    expect(await editor.save('mine')).toBe('asked');
    expect(await editor.save('mine')).toBe('asked');
    expect(await editor.save('mine', 'overwrite')).toBe('saved');
    expect(editor.own.server.text('/a.txt')).toBe('mine');
    expect(editor.own.user.asked).toEqual([]);
    expect(await editor.edit().save('mine again')).toBe('saved');
    expect(editor.own.user.asked).toEqual([]);
  });

  test('is asked about again when it happens again', async () => {
    const editor = (await new Editor().open()).edit();
    change(editor.own);
    expect(await editor.save('mine')).toBe('asked');
    expect(await editor.save('own', 'overwrite')).toBe('saved');
    editor.edit();
    change(editor.own);
    expect(await editor.save('mine')).toBe('asked');
  });

  test('is not overwritten by a yes to another one', async () => {
    const editor = (await new Editor().open()).edit();
    change(editor.own);
    expect(await editor.save('mine')).toBe('asked');
    editor.own.server.file('/a.txt', 'a third one');
    expect(await editor.save('mine', 'overwrite')).toMatch(/you chose to keep it/);
    expect(editor.own.user.asked).toEqual(['conflict at /a.txt']);
    expect(editor.own.server.text('/a.txt')).toBe('a third one');
    // The yes is used up.
    expect(await editor.save('mine')).toBe('asked');
  });

  test('is overwritten without a question when the user chose so beside it', async () => {
    const editor = (await new Editor().open()).edit();
    change(editor.own);
    expect(await editor.save('mine')).toBe('asked');
    await editor.own.text('/a.txt');
    editor.own.conflicts.agree('shop/a.txt');
    expect(await editor.save('mine')).toBe('saved');
    expect([editor.own.server.text('/a.txt'), editor.own.user.asked]).toEqual(['mine', []]);
  });

  test('is asked about anew when it is not what the user was shown', async () => {
    const editor = (await new Editor().open()).edit();
    change(editor.own);
    await editor.save('mine');
    await editor.own.text('/a.txt');
    editor.own.server.file('/a.txt', 'a third one');
    editor.own.conflicts.agree('shop/a.txt');
    expect(await editor.save('mine')).toBe('asked');
    expect(editor.own.server.text('/a.txt')).toBe('a third one');
  });
});

describe('the time of a file', () => {
  test("advances with every write of ours, and is the server's again when that is later", async () => {
    const { provider, server } = new World();
    const times: number[] = [];
    for (const text of ['one', 'two', 'six']) {
      await provider.writeFile(uri('/new.txt'), bytes(text), anyhow);
      times.push((await provider.stat(uri('/new.txt'))).mtime);
    }
    const [first = 0] = times;
    expect(times).toEqual([first, first + 1, first + 2]);
    expect((await provider.stat(uri('/new.txt'))).mtime).toBe(first + 2);
    server.clock.advance(3_000);
    await provider.writeFile(uri('/new.txt'), bytes('ten'), anyhow);
    expect((await provider.stat(uri('/new.txt'))).mtime).toBe(server.clock.now());
  });
});

describe('what is written behind the back of an editor that has nothing to save', () => {
  test('may be written again by the same one, and read by anybody in between', async () => {
    const own = new World();
    await own.text('/a.txt');
    own.openUris.add('/a.txt');
    for (const text of ['two', 'six', 'ten']) {
      await own.provider.writeFile(uri('/a.txt'), bytes(text), anyhow);
      expect(await own.text('/a.txt')).toBe(text);
    }
    expect([own.server.text('/a.txt'), own.user.asked]).toEqual(['ten', []]);
    own.server.file('/a.txt', 'hers');
    await codeOf(own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow));
    expect(own.user.asked).toEqual(['conflict at /a.txt']);
  });

  test('is another file for it until it shows that', async () => {
    const own = new World();
    await own.text('/a.txt');
    own.openUris.add('/a.txt');
    await own.provider.writeFile(uri('/a.txt'), bytes('two'), anyhow);
    const read = own.identities.pending('shop/a.txt');
    expect(Buffer.from(read?.content ?? []).toString()).toBe('two');
    own.changedUris.add('/a.txt');
    await codeOf(own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow));
    expect(own.user.asked).toEqual(['conflict at /a.txt']);
    if (read) own.identities.editorTook('shop/a.txt', read);
    await own.provider.writeFile(uri('/a.txt'), bytes('mine'), anyhow);
    expect(own.server.text('/a.txt')).toBe('mine');
  });
});
