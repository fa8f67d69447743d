import { describe, expect, test } from 'vitest';
import { memoryRecords } from '../../../src/base/records.ts';
import { toRemotePath } from '../../../src/base/paths.ts';
import type { FileIdentity } from '../../../src/session/remoteFileSystem.ts';
import { type Bytes, type Link, LinkedFiles } from '../../../src/sync/linkedFiles.ts';

const bytes = (name: string): Bytes => ({ size: name.length, sha256: name });
const identity = (name: string): FileIdentity => ({
  ...bytes(name),
  modified: 1,
  unique: undefined,
  settled: false,
});

function linked(): { files: LinkedFiles; again: () => LinkedFiles; records: Records } {
  const records = { bases: memoryRecords(), owed: memoryRecords() };
  return { files: new LinkedFiles(records), again: () => new LinkedFiles(records), records };
}
type Records = ConstructorParameters<typeof LinkedFiles>[0];

const link = (name: string): Link => ({
  key: name,
  local: `file:///home/${name}`,
  siteId: 'shop',
  path: toRemotePath(`/www/${name}`),
});

describe('the base of a linked file', () => {
  test('is nothing at first', async () => {
    const { files } = linked();
    expect(await files.base('a')).toMatchObject({ agreed: undefined, before: [] });
  });

  test('is what stood here before each edit, the oldest first, until an upload succeeds', async () => {
    const { files, again } = linked();
    await files.saved(link('a'), bytes('v0'));
    await files.saved(link('a'), bytes('v1'));
    await files.failed(link('a'), 'lost');
    await files.dismissed('a');
    await files.saved(link('a'), bytes('v1'));
    expect((await again().base('a')).before).toEqual([bytes('v0'), bytes('v1')]);
    await files.uploaded('a', identity('v2'), await files.base('a'));
    expect(await again().base('a')).toMatchObject({ agreed: identity('v2'), before: [] });
  });

  test('keeps the oldest and a few of the latest, however many saves there are', async () => {
    const { files } = linked();
    for (let at = 0; at < 50; at++) await files.saved(link('a'), bytes(`v${at}`));
    const { before } = await files.base('a');
    expect(before.map(({ sha256 }) => sha256)).toEqual([
      'v0',
      ...[43, 44, 45, 46, 47, 48, 49].map((at) => `v${at}`),
    ]);
  });

  test('is not made up from what cannot be read', async () => {
    const { files, records } = linked();
    await records.bases.set('a', { agreed: { size: 'x' }, before: [1, bytes('v0'), { size: 1 }] });
    await records.bases.set('b', 'nonsense');
    expect(await files.base('a')).toMatchObject({ agreed: undefined, before: [bytes('v0')] });
    expect(await files.base('b')).toMatchObject({ agreed: undefined, before: [] });
  });

  test('of five thousand files is kept, and of those that are owed in any case', async () => {
    const { files, records } = linked();
    await files.saved(link('owed'), bytes('v0'));
    for (let at = 0; at < 5005; at++) await records.bases.set(`old ${at}`, { before: [] });
    await files.owed();
    expect(await records.bases.all()).toHaveLength(5000);
    expect((await files.base('owed')).before).toEqual([bytes('v0')]);
  });
});

describe('what is owed', () => {
  test('is told by another window, with the reason, until it is uploaded or dismissed', async () => {
    const { files, again } = linked();
    for (const name of ['a', 'b', 'c']) await files.saved(link(name), undefined);
    await files.failed(link('b'), 'no room');
    expect(await again().owed()).toEqual([
      { link: link('a'), reason: undefined },
      { link: link('c'), reason: undefined },
      { link: link('b'), reason: 'no room' },
    ]);
    await files.dismissed('a');
    await again().uploaded('b', identity('v1'), { saves: 0 });
    expect((await again().owed()).map((owed) => owed.link.key)).toEqual(['c']);
  });

  test('stays where the file was saved again while its upload was under way', async () => {
    const { files } = linked();
    await files.saved(link('a'), bytes('v0'));
    const base = await files.base('a');
    await files.saved(link('a'), bytes('v1'));
    await files.uploaded('a', identity('v1'), base);
    expect(await files.owed()).toHaveLength(1);
    await files.uploaded('a', identity('v2'), await files.base('a'));
    expect(await files.owed()).toEqual([]);
  });

  test('leaves out what makes no sense', async () => {
    const { files, records } = linked();
    await records.owed.set('x', { link: { ...link('x'), path: 'no path' } });
    await records.owed.set('y', { link: { ...link('y'), key: 7 } });
    await records.owed.set('z', null);
    expect(await files.owed()).toEqual([]);
  });
});
