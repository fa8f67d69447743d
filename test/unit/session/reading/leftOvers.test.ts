import { describe, expect, it } from 'vitest';
import { nameOf } from '../../../../src/base/paths.ts';
import { temporaryNameOf } from '../../../../src/session/temporaryNames.ts';
import type { FoundLeftOvers } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer } from '../fakeConnection.ts';
import { bytes, calm, openFake, path } from '../fakeSession.ts';

const id = '0123456789ab';
const long = (end: string): string => `/${'n'.repeat(240)}${end}.html`;

describe('what a save left', () => {
  it('is told of a folder that is shown, with the file it belongs to and what stands there', async () => {
    const server = new FakeServer().file('/a', 'new').file(`/.portside-${id}-a`, 'older');
    server.file(`/.portside-${id}-gone.txt`, 'all').file('/.portside-notes', 'mine');
    await using files = openFake(server);
    const found: FoundLeftOvers[] = [];
    files.onDidFindLeftOvers((each) => found.push(each));
    const shown = await files.readDirectory(path('/'), calm());
    expect(shown.map(({ name }) => name).toSorted()).toEqual(['.portside-notes', 'a']);
    const told = found[0]?.leftOvers.map(({ path, file, entry, standing }) => [
      path,
      file,
      entry.size,
      standing?.size,
    ]);
    expect(told).toEqual([
      [`/.portside-${id}-a`, '/a', 5, 3],
      [`/.portside-${id}-gone.txt`, '/gone.txt', 3, undefined],
    ]);
    expect(await files.leftOvers(path('/'), calm())).toEqual(found[0]?.leftOvers);
  });

  it('of a file with a long name is told by the one name that would be cut so', async () => {
    const temporary = temporaryNameOf(path(long('a')), id);
    const server = new FakeServer().file(long('a'), '1').file(temporary, '2');
    await using files = openFake(server);
    expect(nameOf(temporary)).not.toContain('na.html');
    const [one] = await files.leftOvers(path('/'), calm());
    expect(one?.file).toBe(long('a'));
    server.file(long('b'), '3');
    const [either] = await files.leftOvers(path('/'), calm());
    expect([either?.path, either?.file]).toEqual([temporary, undefined]);
  });

  it('is none while the save of this session goes on, and one of another session is', async () => {
    const server = new FakeServer().file('/a', 'old');
    let ids = 0;
    const newId = (): string => `${ids++}`.padStart(12, '0');
    await using files = openFake(server, { newId });
    await using other = openFake(server);
    const counts: number[] = [];
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes('n');
      server.file('/.portside-000000000000-a', 'n');
      counts.push((await files.leftOvers(path('/'), calm())).length);
      counts.push((await other.leftOvers(path('/'), calm())).length);
      yield bytes('ew');
    };
    await files.writeFile(path('/a'), source, { ...calm(), create: true, overwrite: true });
    expect([counts, server.text('/a')]).toEqual([[0, 1], 'new']);
  });

  it('takes the place of its file, by a rename like any other', async () => {
    const server = new FakeServer().file('/a', 'new').file(`/.portside-${id}-a`, 'older');
    await using files = openFake(server);
    const [{ path: from, file } = { path: path('/'), file: path('/') }] = await files.leftOvers(
      path('/'),
      calm(),
    );
    await files.rename(from, file ?? from, { ...calm(), overwrite: true });
    expect([server.names('/'), server.text('/a')]).toEqual([['a'], 'older']);
  });
});
