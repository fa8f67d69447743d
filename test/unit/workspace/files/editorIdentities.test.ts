import { describe, expect, test, vi } from 'vitest';
import { memoryStorage, type Storage } from '../../../../src/base/storage.ts';
import { sha256Of } from '../../../../src/session/known/fileIdentity.ts';
import type { FileIdentity } from '../../../../src/session/remoteFileSystem.ts';
import {
  EditorIdentities,
  type ReadSince,
} from '../../../../src/workspace/files/editorIdentities.ts';
import { FakeClock } from '../../session/fakeClock.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function identity(text: string, more: Partial<FileIdentity> = {}): FileIdentity {
  const size = text.length;
  const sha256 = sha256Of(bytes(text));
  return { size, modified: 1, unique: undefined, sha256, settled: true, ...more };
}

function since(text: string, more: Partial<FileIdentity> = {}): ReadSince {
  return { content: bytes(text), identity: identity(text, more) };
}

const clock = new FakeClock();
const opened = (storage: Storage, key = 'editors'): EditorIdentities =>
  new EditorIdentities(storage, key, clock);
const fresh = (): EditorIdentities => opened(memoryStorage());

describe('the identity that an editor holds', () => {
  test('is that of the bytes it was opened with', () => {
    const identities = fresh();
    identities.read('shop/a', since('one'), false);
    expect(identities.get('shop/a')).toEqual(identity('one'));
  });

  test('does not follow a read behind its back', () => {
    const identities = fresh();
    identities.read('shop/a', since('one'), false);
    identities.read('shop/a', since('two'), true);
    expect(identities.get('shop/a')).toEqual(identity('one'));
    expect(identities.pending('shop/a')).toEqual(since('two'));
  });

  test('follows once the editor is seen to hold the newer bytes', () => {
    const identities = fresh();
    identities.read('shop/a', since('one'), false);
    identities.read('shop/a', since('two'), true);
    const [earlier, read] = [since('two'), identities.pending('shop/a')];
    if (!read) throw new Error('Nothing waits for the editor');
    identities.editorTook('shop/a', earlier);
    expect(identities.get('shop/a')).toEqual(identity('one'));
    identities.editorTook('shop/a', read);
    expect(identities.get('shop/a')).toEqual(identity('two'));
    expect(identities.pending('shop/a')).toBeUndefined();
  });

  test('says when bytes were read behind its back, so that one may look', () => {
    const identities = fresh();
    const heard: string[] = [];
    identities.onDidRead((name) => heard.push(name));
    identities.read('shop/a', since('one'), false);
    identities.read('shop/a', since('one'), true);
    expect(heard).toEqual([]);
    identities.read('shop/a', since('two'), true);
    expect(heard).toEqual(['shop/a']);
  });

  test('settles, unless other bytes are held by then', () => {
    const identities = fresh();
    identities.written('shop/a', identity('one', { settled: false }));
    identities.settled('shop/a', identity('one'));
    expect(identities.get('shop/a')).toEqual(identity('one'));
    identities.written('shop/a', identity('two', { settled: false }));
    identities.settled('shop/a', identity('one'));
    expect(identities.get('shop/a')).toEqual(identity('two', { settled: false }));
  });

  test('outlives a reload with the latest time that VS Code was told', () => {
    const storage = memoryStorage();
    {
      using identities = opened(storage);
      identities.told('shop/a', 7);
      identities.read('shop/a', since('one'), false);
      for (const time of [12, 10]) identities.told('shop/a', time);
      identities.written('shop/a', identity('two'));
    }
    const again = opened(storage);
    expect([again.get('shop/a'), again.latestTold('shop/a')]).toEqual([identity('two'), 12]);
  });

  test('takes newer facts of the same bytes at once', () => {
    const identities = fresh();
    identities.read('shop/a', since('one'), false);
    identities.read('shop/a', since('one', { modified: 2 }), true);
    expect(identities.get('shop/a')).toEqual(identity('one', { modified: 2 }));
  });

  test('is that of the last save', () => {
    const identities = fresh();
    identities.read('shop/a', since('one'), false);
    identities.read('shop/a', since('two'), true);
    identities.written('shop/a', identity('three'));
    expect(identities.get('shop/a')).toEqual(identity('three'));
    expect(identities.pending('shop/a')).toBeUndefined();
  });

  test('goes with its file, and with the folder above it', () => {
    const identities = fresh();
    identities.read('shop/dir/a', since('one'), false);
    identities.read('shop/dir2/a', since('other'), false);
    identities.renamed('shop/dir', 'shop/new');
    expect(identities.get('shop/dir/a')).toBeUndefined();
    expect(identities.get('shop/new/a')).toEqual(identity('one'));
    expect(identities.get('shop/dir2/a')).toEqual(identity('other'));
  });

  test('ends with its file: what comes there later is another one', () => {
    const identities = fresh();
    identities.read('shop/dir/a', since('one'), false);
    identities.forget('shop/dir');
    expect(identities.get('shop/dir/a')).toBeUndefined();
  });

  test('outlives a reload of the window, as unsaved editors do', () => {
    const storage = memoryStorage();
    {
      using identities = opened(storage);
      identities.read('shop/a', since('one'), false);
    }
    expect(opened(storage).get('shop/a')).toEqual(identity('one'));
    expect(opened(storage, 'uploads').get('shop/a')).toBeUndefined();
  });

  test('is written down soon, and once for many files', async () => {
    const storage = memoryStorage();
    const set = vi.spyOn(storage, 'set');
    const identities = opened(storage);
    for (const name of ['a', 'b', 'c']) identities.read(`shop/${name}`, since(name), false);
    expect(set).not.toHaveBeenCalled();
    clock.advance(500);
    await Promise.resolve();
    await Promise.resolve();
    expect(set).toHaveBeenCalledOnce();
    expect(opened(storage).get('shop/c')).toEqual(identity('c'));
    identities[Symbol.dispose]();
    expect(set).toHaveBeenCalledOnce();
  });

  test.each([
    7,
    [7],
    [['a']],
    [['a', null]],
    [['a', { size: '1', settled: true }]],
    [['a', { size: 1 }]],
    [[1, { settled: true }]],
  ])('is not taken from a damaged store: %j', (value) => {
    const storage = memoryStorage();
    storage.set('editors', value);
    expect(opened(storage).get('a')).toBeUndefined();
  });
});
