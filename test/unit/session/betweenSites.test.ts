import { describe, expect, it } from 'vitest';
import { copyBetween, moveBetween } from '../../../src/session/betweenSites.ts';
import type { RemoteFileError } from '../../../src/session/remoteFileError.ts';
import { FakeServer, type Fault } from './fakeConnection.ts';
import { calm, openFake, path, reasonOf } from './fakeSession.ts';

type Act = (from: string, to: string, over?: boolean, signal?: AbortSignal) => Promise<void>;

interface Pair extends AsyncDisposable {
  readonly here: FakeServer;
  readonly there: FakeServer;
  readonly copy: Act;
  readonly move: Act;
}

const single = { maxConnections: 1 };

/** Two servers; the first holds a small tree at /site. */
function pair(): Pair {
  const here = new FakeServer().folder('/site').file('/site/a', 'aaa', { mode: '0640' });
  here.folder('/site/sub').file('/site/sub/b', 'bb').file('/site/sub/c', '').folder('/site/void');
  const there = new FakeServer().folder('/www').file('/www/other', 'other');
  here.clock.advance(5_000);
  const [source, target] = [openFake(here, single), openFake(there, single)];
  const act =
    (work: typeof copyBetween): Act =>
    (from, to, overwrite = false, signal = calm().signal) =>
      work(
        { files: source, path: path(from) },
        { files: target, path: path(to) },
        { signal, overwrite },
      );
  return {
    here,
    there,
    copy: act(copyBetween),
    move: act(moveBetween),
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}

function tree({ nodes }: FakeServer, root: string): Record<string, string> {
  const below = [...nodes].filter(([each]) => each === root || each.startsWith(`${root}/`));
  return Object.fromEntries(
    below.map(([each, { type, content }]) => [
      each.slice(root.length),
      type === 'file' ? Buffer.from(content).toString() : type,
    ]),
  );
}

const whole = {
  '': 'directory',
  '/a': 'aaa',
  '/sub': 'directory',
  '/sub/b': 'bb',
  '/sub/c': '',
  '/void': 'directory',
};

describe('between two sites', () => {
  it('a file is copied with its mode and its time', async () => {
    await using own = pair();
    await own.copy('/site/a', '/www/a');
    const [old, made] = [own.here.nodes.get(path('/site/a')), own.there.nodes.get(path('/www/a'))];
    expect(made).toMatchObject({ mode: '0640', modified: old?.modified });
    expect(own.there.text('/www/a')).toBe('aaa');
  });

  it('a tree is copied, and moved', async () => {
    await using own = pair();
    await own.copy('/site', '/www/copy');
    expect(tree(own.there, '/www/copy')).toEqual(whole);
    expect(tree(own.here, '/site')).toEqual(whole);
    await own.move('/site', '/www/moved');
    expect(tree(own.there, '/www/moved')).toEqual(whole);
    expect(tree(own.here, '/site')).toEqual({});
  });

  it('nothing is written over unless that was said', async () => {
    await using own = pair();
    for (const act of [own.copy, own.move]) {
      expect(await reasonOf(act('/site/a', '/www/other'))).toBe('exists');
      expect(await reasonOf(act('/site/a', '/www', true))).toBe('isADirectory');
      expect(await reasonOf(act('/site', '/www/other', true))).toBe('notADirectory');
      expect(await reasonOf(act('/site/a', '/none/a'))).toBe('notFound');
      expect(await reasonOf(act('/site/none', '/www/a'))).toBe('notFound');
    }
    expect(await reasonOf(own.move('/site', '/www', true))).toBe('notEmpty');
    expect(own.there.text('/www/other')).toBe('other');
    await own.copy('/site', '/www', true);
    expect(own.there.names('/www')).toEqual(['a', 'other', 'sub', 'void']);
    await own.move('/site/a', '/www/other', true);
    expect([own.there.text('/www/other'), own.here.text('/site/a')]).toEqual(['aaa', undefined]);
  });

  it('links to files become files, and links to folders are told before anything is sent', async () => {
    await using own = pair();
    own.here.link('/site/l', 'a');
    await own.move('/site/l', '/www/l');
    expect([own.there.text('/www/l'), own.here.names('/site')]).toEqual([
      'aaa',
      ['a', 'sub', 'void'],
    ]);
    own.here.link('/site/d', 'sub').link('/site/sub/x', 'nothing');
    for (const act of [own.copy, own.move]) {
      await expect(act('/site', '/www/site')).rejects.toThrow('/site/d, /site/sub/x');
    }
    await own.copy('/site/d', '/www/d').catch(() => {});
    expect(await reasonOf(own.move('/site/d', '/www/e'))).toBe('unsupported');
    expect(own.there.names('/www')).toEqual(['l', 'other']);
    expect(own.here.text('/site/sub/b')).toBe('bb');
  });

  it('a source that changes while it is copied is kept, and so is the copy', async () => {
    for (const change of ['/site/a', '/site/sub/new']) {
      await using own = pair();
      own.there.before = (command) => {
        if (!command.startsWith('MKD /www/m/void')) return;
        own.here.clock.advance(5_000);
        own.here.file(change, 'other bytes');
      };
      await expect(own.move('/site', '/www/m')).rejects.toThrow(/changed since.*beside/);
      expect(tree(own.here, '/site')).toEqual({ ...whole, [change.slice(5)]: 'other bytes' });
      expect(tree(own.there, '/www/m')).toEqual(whole);
    }
  });

  it('what comes beside the source after the proof is not deleted', async () => {
    await using own = pair();
    own.here.before = (command) => {
      if (command === 'DELE /site/a') own.here.file('/site/new', 'new');
    };
    await expect(own.move('/site', '/www/m')).rejects.toThrow('All of it stands at /www/m');
    expect(own.here.text('/site/new')).toBe('new');
    expect(tree(own.there, '/www/m')).toEqual(whole);
  });

  it('a target that lost a file proves nothing', async () => {
    await using own = pair();
    own.there.before = (command) => {
      if (command.startsWith('MKD /www/m/void')) own.there.nodes.delete(path('/www/m/sub/b'));
    };
    expect(await reasonOf(own.move('/site', '/www/m'))).toBe('damaged');
    expect(tree(own.here, '/site')).toEqual(whole);
  });
});

const faults: readonly Fault[] = ['reply550', 'reply451', 'lostBefore', 'lostAfter', 'cancel'];

describe.each(faults)('a move between two sites with %s at any command', (fault) => {
  it.each(['here', 'there'] as const)('of the server %s loses no byte', async (side) => {
    for (let at = 0; ; at++) {
      await using own = pair();
      const controller = new AbortController();
      const server = own[side];
      server.cancel = () => controller.abort(new Error('no more'));
      server.fault = (index) => (index === at ? fault : undefined);
      const failed = await own
        .move('/site', '/www/m', false, controller.signal)
        .then(() => undefined)
        .catch((error: unknown) => error as RemoteFileError);
      if (server.commands.length <= at) {
        // The whole move has been gone through.
        expect([failed, at > 10]).toEqual([undefined, true]);
        break;
      }
      const [source, target] = [tree(own.here, '/site'), tree(own.there, '/www/m')];
      const lost = Object.entries(whole).filter(
        ([name, content]) => source[name] !== content && target[name] !== content,
      );
      expect([at, server.commands[at], lost]).toEqual([at, server.commands[at], []]);
      const moved = Object.keys(source).length === 0;
      expect([at, server.commands[at], moved]).toEqual([at, server.commands[at], !failed]);
      // Before the first deletion the source is whole.
      if (!own.here.commands.some((command) => /^(DELE|RMD) /.test(command))) {
        expect(source).toEqual(whole);
      } else expect(target).toEqual(whole);
    }
  });
});
