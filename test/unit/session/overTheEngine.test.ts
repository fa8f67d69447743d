import { describe, expect, it } from 'vitest';
import type { Rung } from '../../../src/ftp/rung.ts';
import { personalities } from '../../../src/server/personality.ts';
import type { FtpServerOptions } from '../../../src/server/options.ts';
import { patternBytes, startTestServer } from '../../support/engine.ts';
import { bytes, calm, path, reasonOf } from './fakeSession.ts';
import { openSession } from '../../support/session.ts';

const block: Rung = { mode: 'block', dataPort: 'default' };
const stream: Rung = { mode: 'stream', dataPort: 'epsv' };

async function* failing(): AsyncGenerator<Uint8Array> {
  yield patternBytes(100_000);
  throw new Error('The disk is gone');
}

const over = { create: true, overwrite: true };

describe.each<[string, Partial<FtpServerOptions>, readonly Rung[]]>([
  ['block mode on the default data port', {}, [block]],
  ['stream mode', {}, [stream]],
  ['a server like IIS', { personality: personalities.iis }, [stream]],
])('a file system over the engine, %s', (_name, options, rungs) => {
  it('does what a workspace needs', async () => {
    const large = patternBytes(300_000);
    const files = { 'a.txt': 'old', 'dir/b.txt': 'b', 'large.bin': large };
    await using server = await startTestServer({ ...options, files });
    await using fs = openSession(server.endpoint.port, { rungs });
    const names = async (folder: string): Promise<string[]> =>
      (await fs.readDirectory(path(folder), calm())).map(({ name }) => name).toSorted();

    expect(await names('/')).toEqual(['a.txt', 'dir', 'large.bin']);
    const { identity } = await fs.readFile(path('/a.txt'), calm());
    const saved = await fs.writeFile(path('/a.txt'), () => [bytes('new, longer')], {
      ...calm(),
      ...over,
      expected: identity,
    });
    expect(saved.kind).toBe('written');
    const clash = await fs.writeFile(path('/a.txt'), () => [bytes('clash')], {
      ...calm(),
      ...over,
      expected: identity,
    });
    expect(clash.kind).toBe('conflict');
    expect((await fs.readFile(path('/a.txt'), calm())).content).toEqual(bytes('new, longer'));
    await fs.copy(path('/large.bin'), path('/dir/copy.bin'), { ...calm(), overwrite: false });
    const copied = (await fs.readFile(path('/dir/copy.bin'), calm())).content;
    expect(Buffer.compare(copied, large)).toBe(0);
    await fs.createDirectory(path('/made'), calm());
    await fs.rename(path('/dir/copy.bin'), path('/made/moved.bin'), {
      ...calm(),
      overwrite: false,
    });
    await fs.rename(path('/made/moved.bin'), path('/a.txt'), { ...calm(), overwrite: true });
    expect((await fs.stat(path('/a.txt'), { ...calm(), fresh: true })).size).toBe(large.length);
    await fs.delete(path('/dir'), { ...calm(), recursive: true });
    fs.forget(path('/'));
    expect(await names('/')).toEqual(['a.txt', 'large.bin', 'made']);
    expect(await reasonOf(fs.readFile(path('/dir/b.txt'), calm()))).toBe('notFound');
    expect(await reasonOf(fs.readFile(path('/made'), calm()))).toBe('isADirectory');
    expect(await reasonOf(fs.readDirectory(path('/nothing'), calm()))).toBe('notFound');
  });

  it('leaves the old file when the source of a save fails or the user cancels', async () => {
    await using server = await startTestServer({ ...options, files: { 'a.txt': 'old' } });
    await using fs = openSession(server.endpoint.port, { rungs });
    const failed = fs.writeFile(path('/a.txt'), failing, { ...calm(), ...over });
    await expect(failed).rejects.toThrow('The disk is gone');
    const controller = new AbortController();
    async function* cancelling(): AsyncGenerator<Uint8Array> {
      yield patternBytes(100_000);
      controller.abort(new Error('no more'));
      yield patternBytes(100_000);
    }
    const { signal } = controller;
    const cancelled = fs.writeFile(path('/a.txt'), cancelling, { signal, ...over });
    await expect(cancelled).rejects.toThrow('no more');
    expect((await fs.readFile(path('/a.txt'), calm())).content).toEqual(bytes('old'));
    fs.forget(path('/'));
    const siblings = await fs.readDirectory(path('/'), calm());
    expect(siblings.map(({ name }) => name)).toEqual(['a.txt']);
    expect(await reasonOf(fs.delete(path('/'), { ...calm(), recursive: true }))).toBe(
      'noPermissions',
    );
  });
});

describe('a file system over the engine', () => {
  it('puts 200 files by the safe path over one data connection', async () => {
    await using server = await startTestServer({ defaultPortOnly: true });
    await using fs = openSession(server.endpoint.port, { rungs: [block] }, { maxConnections: 1 });
    await fs.createDirectory(path('/up'), calm());
    const put = async (at: number): Promise<void> => {
      await fs.writeFile(path(`/up/${at}.bin`), () => [patternBytes(4_096, at)], {
        ...calm(),
        ...over,
      });
    };
    await Promise.all(Array.from({ length: 200 }, (_, at) => put(at)));
    expect(await fs.readDirectory(path('/up'), { ...calm(), fresh: true })).toHaveLength(200);
    const { controlOpened, dataOpened, commands } = server.counters;
    expect([controlOpened, dataOpened]).toEqual([1, 1]);
    expect(commands.get('MLSD')).toBeLessThanOrEqual(4);
  });

  it('logs in again when the server has closed its connections', async () => {
    await using server = await startTestServer({
      files: { 'a.txt': 'a' },
      limits: { idle: 150 },
    });
    await using fs = openSession(server.endpoint.port, { rungs: [stream] });
    await fs.readFile(path('/a.txt'), calm());
    const closed = Promise.withResolvers<void>();
    fs.onDidChangeState(({ connections }) => connections === 0 && closed.resolve());
    await closed.promise;
    expect((await fs.readFile(path('/a.txt'), calm())).content).toEqual(bytes('a'));
    expect(server.counters.controlOpened).toBe(2);
  });
});

describe('a folder that is opened', () => {
  const absent = ['.vscode/settings.json', '.vscode/tasks.json', '.github/x/y.md', 'package.json'];

  it.each([
    ['names in folders that are not there first', false],
    ['its entries first', true],
  ])('costs few listings, however often it is asked, %s', async (_name, listedFirst) => {
    await using server = await startTestServer({ files: { 'a.txt': 'a', 'dir/b.txt': 'b' } });
    // Several connections list what they need before one of them can tell the others.
    await using fs = openSession(server.endpoint.port, { rungs: [block] }, { maxConnections: 1 });
    if (listedFirst) await fs.readDirectory(path('/'), calm());
    for (let round = 0; round < 10; round++) {
      const asked = absent.map((name) => reasonOf(fs.stat(path(`/${name}`), calm())));
      asked.push(...absent.map((name) => reasonOf(fs.readFile(path(`/${name}`), calm()))));
      expect(new Set(await Promise.all(asked))).toEqual(new Set(['notFound']));
    }
    // One of the root and, as long as nothing is known of it, one of each folder asked for.
    expect(server.counters.commands.get('MLSD')).toBeLessThanOrEqual(listedFirst ? 1 : 4);
  });
});
