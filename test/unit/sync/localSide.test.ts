import { expect, test } from 'vitest';
import { localSide } from '../../../src/sync/localSide.ts';
import { MemoryFiles } from '../../support/memoryFiles.ts';

const options = { signal: new AbortController().signal };

test('a folder is listed by name, and what is arriving in it is told apart', async () => {
  const files = new MemoryFiles()
    .file('/f/b', '')
    .file('/f/.portside-0123456789ab-a', 'half')
    .file('/f/.portside-notes', '')
    .put('/f/a', { kind: 'folder' })
    .put('/f/c', { kind: 'link' });
  expect(await localSide(files).list('/f', options)).toEqual([
    {
      path: '/f/.portside-0123456789ab-a',
      name: '.portside-0123456789ab-a',
      kind: 'leftOver',
      size: 4,
      modified: new Date(0),
    },
    { path: '/f/.portside-notes', name: '.portside-notes', kind: 'file' },
    { path: '/f/a', name: 'a', kind: 'folder' },
    { path: '/f/b', name: 'b', kind: 'file' },
    { path: '/f/c', name: 'c', kind: 'link' },
  ]);
});

test('what is named must be there, and be a file or a folder', async () => {
  const side = localSide(new MemoryFiles().file('/a', '').put('/p', { kind: 'other' }));
  expect(await side.look('/a', options)).toEqual({ path: '/a', name: 'a', kind: 'file' });
  await expect(side.look('/b', options)).rejects.toThrow('/b does not exist.');
  await expect(side.look('/p', options)).rejects.toThrow('/p is neither a file nor a folder.');
});

test('names are held against those of the same folder', () => {
  const side = localSide(new MemoryFiles('win32'));
  const whyNot = side.newNames();
  expect(whyNot('Case')).toBeUndefined();
  expect(whyNot('case')).toBe('Case has the same name on this machine');
  expect(side.newNames()('case')).toBeUndefined();
});
