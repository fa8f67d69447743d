import { expect } from 'vitest';
import { at, live, type Site } from '../support/site.ts';
import type { Cells } from './cells.ts';
import { content, expectReason, type Ground } from './ground.ts';

const anyway = { signal: live, create: true, overwrite: true };

/** Symbolic links are seen, followed and kept. */
export function linkTests(test: Cells, ground: () => Ground): void {
  test('a link is shown as one, with the type of what it leads to', async () => {
    await using at = await someLinks(ground());
    expect(await at.stat('to file')).toMatchObject({ type: 'symlink', targetType: 'file' });
    expect(await at.stat('to folder')).toMatchObject({ type: 'symlink', targetType: 'directory' });
  });

  test('a link that leads nowhere is not said to lead anywhere', async () => {
    await using at = await someLinks(ground());
    const stat = await at.stat('to nothing').catch(() => ({}));
    expect(stat).not.toHaveProperty('targetType');
  });

  test('a file is read through a link', async () => {
    await using at = await someLinks(ground());
    expect(await at.read('to file')).toBe('behind the link');
  });

  test('a folder is listed and read through a link', async () => {
    await using at = await someLinks(ground());
    const entries = await at.site.files.readDirectory(at.path('to folder'), { signal: live });
    expect(entries.map(({ name }) => name)).toEqual(['file']);
    expect(await at.read('to folder/file')).toBe('behind the link');
  });

  test('a circle of links is refused, and ends', async () => {
    await using at = await someLinks(ground());
    await expectReason(at.site.files.readFile(at.path('circle'), { signal: live }), [
      'notFound',
      'noPermissions',
      'unavailable',
    ]);
  });

  test('a write through a link changes its target', async () => {
    await using at = await someLinks(ground());
    await at.site.files.writeFile(at.path('to file'), () => [Buffer.from('new')], anyway);
    const { disk } = ground();
    expect(Buffer.from(await disk.read(`${at.folder}/inside/file`)).toString()).toBe('new');
    expect(await disk.isLink(`${at.folder}/to file`)).toBe(true);
    expect(await disk.names(`${at.folder}/inside`)).toEqual(['file']);
  });

  test('what a link to nothing would lead to is not written over', async () => {
    await using at = await someLinks(ground());
    const { disk } = ground();
    await at.site.files
      .writeFile(at.path('to nothing'), () => [content(5)], anyway)
      .catch(() => undefined);
    const names = await disk.names(at.folder);
    expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
    expect(names).toContain('to nothing');
  });
}

/** A folder with links in it, and a site that looks at it. */
interface Links extends AsyncDisposable {
  readonly folder: string;
  readonly site: Site;
  path(name: string): ReturnType<typeof at>;
  stat(name: string): Promise<unknown>;
  read(name: string): Promise<string>;
}

async function someLinks({ disk, ...on }: Ground): Promise<Links> {
  const folder = await on.folder();
  await disk.put(`${folder}/inside/file`, 'behind the link');
  await disk.link(`${folder}/to file`, 'inside/file');
  await disk.link(`${folder}/to folder`, 'inside');
  await disk.link(`${folder}/to nothing`, 'no such name');
  await disk.link(`${folder}/circle`, 'circle');
  const site = on.open();
  const path = (name: string): ReturnType<typeof at> => at(`${folder}/${name}`);
  return {
    folder,
    site,
    path,
    stat: (name) => site.files.stat(path(name), { signal: live }),
    read: async (name) => {
      const { content: bytes } = await site.files.readFile(path(name), { signal: live });
      return Buffer.from(bytes).toString();
    },
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}
