import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, partsOf, readBy } from '../hostListings.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,31}$/);

test('files, folders and links are read as they were written', () => {
  fc.assert(
    fc.property(name, name, name, anySecond, fc.nat(9999), (file, folder, link, time, blocks) => {
      const { year, month, day, clock } = partsOf(time);
      const date = `${year.slice(2)}-${month}-${day} ${clock}`;
      const lines = [
        `Files: 1  Blocks: ${blocks}`,
        `w ${String(blocks).padStart(6)} stm       ${date}  ${file}`,
        'Dirs: 1',
        `m ${String(blocks).padStart(6)}           ${date}  ${folder}`,
        'Links: 1',
        `${date}  ${link} ->`,
        `+%s#d01>${file}`,
      ];
      const common = { size: undefined, modified: time, precision: 'second' };
      expect(readBy('vos', lines).entries).toEqual([
        { name: file, type: 'file', ...common },
        { name: folder, type: 'directory', ...common },
        { name: link, type: 'symlink', target: `%s#d01>${file}`, ...common },
      ]);
    }),
  );
});

test('what does not belong into its section is left', () => {
  const [file, folder] = ['w 1 stm 90-05-19 11:53:44 a', 'm 1 90-05-19 11:53:44 b'];
  const link = '90-05-19 11:53:44 c -> %d';
  expect(readBy('vos', ['Dirs: 1', file, link]).unread).toEqual([file, link]);
  expect(readBy('vos', ['Files: 1 Blocks: 1', folder]).unread).toEqual([folder]);
  expect(readBy('vos', ['Links: 1', file]).unread).toEqual([file]);
});
