import { expect } from 'vitest';
import { namesHeldByServer } from '../support/oracle.ts';
import { at, live } from '../support/site.ts';
import type { Cells } from './cells.ts';
import { awkwardNames, content, expectOfEach, expectReason, type Ground } from './ground.ts';

const gently = { signal: live, overwrite: false };

/** Folders and names can be made, moved and taken away, and nothing else goes with them. */
export function changingTests(test: Cells, ground: () => Ground): void {
  test('a file is renamed within its folder and into another', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/first`, 'moved');
    await disk.makeFolder(`${folder}/other`);
    await using site = on.open();
    await site.files.rename(at(`${folder}/first`), at(`${folder}/second`), gently);
    await site.files.rename(at(`${folder}/second`), at(`${folder}/other/third`), gently);
    expect(await disk.names(folder)).toEqual(['other']);
    expect(Buffer.from(await disk.read(`${folder}/other/third`)).toString()).toBe('moved');
    expect(await namesHeldByServer(on.server, `${folder}/other`)).toEqual(['third']);
  });

  test('a rename over a file takes leave to do it', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/from`, 'new');
    await disk.put(`${folder}/to`, 'old');
    await using site = on.open();
    const rename = (overwrite: boolean): Promise<void> =>
      site.files.rename(at(`${folder}/from`), at(`${folder}/to`), { signal: live, overwrite });
    await expectReason(rename(false), 'exists');
    expect(await disk.names(folder)).toEqual(['from', 'to']);
    await rename(true);
    expect(await disk.names(folder)).toEqual(['to']);
    expect(Buffer.from(await disk.read(`${folder}/to`)).toString()).toBe('new');
  });

  test('a rename of nothing is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x');
    await using site = on.open();
    const rename = (from: string, to: string): Promise<void> =>
      site.files.rename(at(`${folder}/${from}`), at(`${folder}/${to}`), gently);
    await expectReason(rename('missing', 'new'), 'notFound');
    expect(await disk.names(folder)).toEqual(['file']);
  });

  test('a rename into no folder is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x');
    await using site = on.open();
    const [from, to] = [at(`${folder}/file`), at(`${folder}/missing/new`)];
    await expectReason(site.files.rename(from, to, gently), 'notFound');
    expect(await disk.names(folder)).toEqual(['file']);
  });

  test('a folder is made, renamed with what it holds, and deleted', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await using site = on.open();
    await site.files.createDirectory(at(`${folder}/new`), { signal: live });
    await disk.put(`${folder}/new/file`, 'inside');
    await site.files.rename(at(`${folder}/new`), at(`${folder}/moved`), gently);
    expect(await disk.names(`${folder}/moved`)).toEqual(['file']);
    const remove = (recursive: boolean): Promise<void> =>
      site.files.delete(at(`${folder}/moved`), { signal: live, recursive });
    await expectReason(remove(false), 'notEmpty');
    await remove(true);
    expect(await disk.names(folder)).toEqual([]);
  });

  test('a folder that is there already is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.makeFolder(`${folder}/old`);
    await using site = on.open();
    await expectReason(site.files.createDirectory(at(`${folder}/old`), { signal: live }), 'exists');
  });

  test('every name can be given to a folder and taken away', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await using site = on.open();
    const giveAndTake = async (name: string): Promise<boolean> => {
      const inside = `${folder}/${awkwardNames.indexOf(name)}`;
      await disk.makeFolder(inside);
      await site.files.createDirectory(at(`${inside}/${name}`), { signal: live });
      const made = await disk.names(inside);
      await site.files.delete(at(`${inside}/${name}`), { signal: live, recursive: true });
      return made.length === 1 && made[0] === name && (await disk.names(inside)).length === 0;
    };
    // A listing without a mark at its end takes a second.
    await expectOfEach(awkwardNames, giveAndTake, 3);
  });

  test('in a folder of every name a file can be written', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await using site = on.open();
    const options = { signal: live, create: true, overwrite: false };
    const writeIn = async (name: string): Promise<boolean> => {
      await disk.makeFolder(`${folder}/${name}`);
      const path = `${folder}/${name}/file`;
      await site.files.writeFile(at(path), () => [content(3)], options);
      return (await disk.read(path)).length === 3;
    };
    await expectOfEach(awkwardNames, writeIn, 3);
  });

  test('every name can be renamed to, and renamed away', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await using site = on.open();
    await expectOfEach(awkwardNames, async (name) => {
      const inside = `${folder}/${awkwardNames.indexOf(name)}`;
      await disk.put(`${inside}/file`, 'x');
      await site.files.rename(at(`${inside}/file`), at(`${inside}/${name}`), gently);
      const renamed = await disk.names(inside);
      await site.files.rename(at(`${inside}/${name}`), at(`${inside}/file`), gently);
      const back = await disk.names(inside);
      return `${renamed.join('/')}//${back.join('/')}` === `${name}//file`;
    });
  });

  test('a file is deleted, and is not there any more', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x');
    await disk.put(`${folder}/other`, 'y');
    await using site = on.open();
    const options = { signal: live, recursive: false };
    await site.files.delete(at(`${folder}/file`), options);
    expect(await disk.names(folder)).toEqual(['other']);
    await expectReason(site.files.stat(at(`${folder}/file`), { signal: live }), 'notFound');
    await expectReason(site.files.delete(at(`${folder}/file`), options), 'notFound');
  });

  test('a recursive delete takes a tree, and leaves what its links lead to', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/kept/file`, 'kept');
    await disk.put(`${folder}/tree/a/b/c/deep`, 'x');
    await disk.put(`${folder}/tree/.hidden`, 'x');
    await disk.makeFolder(`${folder}/tree/empty`);
    await disk.link(`${folder}/tree/link to file`, '../kept/file');
    for (let index = 0; index < 50; index++) await disk.put(`${folder}/tree/many/${index}`, 'x');
    await using site = on.open();
    await site.files.delete(at(`${folder}/tree`), { signal: live, recursive: true });
    expect(await disk.names(folder)).toEqual(['kept']);
    expect(await disk.names(`${folder}/kept`)).toEqual(['file']);
  });

  test('a link to a folder is deleted, and the folder stays', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/kept/file`, 'kept');
    await disk.makeFolder(`${folder}/tree`);
    await disk.link(`${folder}/tree/link`, '../kept');
    await using site = on.open();
    await site.files.delete(at(`${folder}/tree`), { signal: live, recursive: true });
    expect(await disk.names(folder)).toEqual(['kept']);
    expect(await disk.names(`${folder}/kept`)).toEqual(['file']);
  });

  test('a copy is another file of the same bytes', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const bytes = content(300_000);
    await disk.put(`${folder}/from`, bytes);
    await using site = on.open();
    await site.files.copy(at(`${folder}/from`), at(`${folder}/to`), gently);
    expect(await disk.names(folder)).toEqual(['from', 'to']);
    expect(Buffer.compare(await disk.read(`${folder}/to`), bytes)).toBe(0);
  });

  test('a change in a folder of somebody else is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/closed/file`, 'x');
    await disk.keepFromUser(`${folder}/closed`, 0o755);
    await using site = on.open();
    const remove = site.files.delete(at(`${folder}/closed/file`), {
      signal: live,
      recursive: false,
    });
    await expectReason(remove, 'noPermissions');
    await expectReason(
      site.files.createDirectory(at(`${folder}/closed/new`), { signal: live }),
      'noPermissions',
    );
    expect(await disk.names(`${folder}/closed`)).toEqual(['file']);
  });

  test('a rename out of a folder of somebody else is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/closed/file`, 'x');
    await disk.keepFromUser(`${folder}/closed`, 0o755);
    await using site = on.open();
    const inside = at(`${folder}/closed/file`);
    await expectReason(site.files.rename(inside, at(`${folder}/file`), gently), 'noPermissions');
    expect(await disk.names(`${folder}/closed`)).toEqual(['file']);
  });
}
