import { expect } from 'vitest';
import { chooseRungs, type DataPortName } from '../../../src/ftp/rung.ts';
import { at, live } from '../support/site.ts';
import type { Cells } from './cells.ts';
import { content, type Ground, megabyte } from './ground.ts';

const dataPorts: readonly DataPortName[] = ['epsv', 'pasv', 'eprt', 'port', 'default'];

/** Each data port by itself, as a user may choose it, and listings that need none. */
export function dataPortTests(test: Cells, ground: () => Ground): void {
  for (const dataPort of dataPorts) {
    test(`${dataPort} lists, reads and writes in stream mode`, async () => {
      const { disk, ...on } = ground();
      const folder = await on.folder();
      const bytes = content(megabyte);
      await disk.put(`${folder}/file`, bytes);
      await using site = on.open({ connect: { rungs: chooseRungs('stream', dataPort) } });
      const entries = await site.files.readDirectory(at(folder), { signal: live });
      expect(entries.map(({ name }) => name)).toEqual(['file']);
      const read = await site.files.readFile(at(`${folder}/file`), { signal: live });
      expect(Buffer.compare(read.content, bytes)).toBe(0);
      const options = { signal: live, create: true, overwrite: true };
      await site.files.writeFile(at(`${folder}/new`), () => [bytes], options);
      expect(Buffer.compare(await disk.read(`${folder}/new`), bytes)).toBe(0);
      expect(site.connections[0]?.description.rung).toEqual({ mode: 'stream', dataPort });
    });
  }

  test('a folder is listed over the control connection alone', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/.hidden`, 'x');
    await disk.put(`${folder}/two words`, '12345');
    await disk.makeFolder(`${folder}/inside`);
    await using site = on.open({ connect: { listing: 'stat' } });
    const entries = await site.files.readDirectory(at(folder), { signal: live });
    const shown = entries.map(({ name, type, size }) => ({
      name,
      type,
      ...(type === 'file' && { size }),
    }));
    expect(shown.toSorted((one, other) => one.name.localeCompare(other.name))).toEqual([
      { name: '.hidden', type: 'file', size: 1 },
      { name: 'inside', type: 'directory' },
      { name: 'two words', type: 'file', size: 5 },
    ]);
    expect(site.connections[0]?.description.dataConnections).toBe(0);
  });
}
