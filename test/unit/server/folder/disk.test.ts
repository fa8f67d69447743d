import { constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Disk, Pace } from '../../../../src/server/folder/disk.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { withTempFolder } from '../testServer.ts';

test('short calls are made at once, until one was slow; then the pool makes them for a while', async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock);
  const made = (takes: number): Promise<string> =>
    pace.call(
      () => {
        clock.advance(takes);
        return 'at once';
      },
      async () => 'in the pool',
    );
  expect([await made(0), await made(4), await made(5), await made(0)]).toEqual([
    'at once',
    'at once',
    'at once',
    'in the pool',
  ]);
  clock.advance(249);
  expect(await made(0)).toBe('in the pool');
  clock.advance(1);
  expect(await made(0)).toBe('at once');
});

test('a slow call that fails is a slow call', async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock);
  const failing = pace.call(
    () => {
      clock.advance(5);
      throw new Error('EIO');
    },
    async () => {},
  );
  await expect(failing).rejects.toThrow('EIO');
  expect(
    await pace.call(
      () => 'at once',
      async () => 'in the pool',
    ),
  ).toBe('in the pool');
});

// The system gives the number of a closed file to the next one that is opened: what was still being
// written would end there.
test('a file is closed only when everything that was begun on it is done', async () => {
  await withTempFolder(async (folder) => {
    const disk = new Disk();
    const flags = constants.O_CREAT | constants.O_WRONLY;
    const large = Buffer.alloc(4 * 1024 * 1024, 'x');
    const one = await disk.openFile(join(folder, 'one'), flags);
    const writing = one.write([large], 0);
    await one.close();
    const two = await disk.openFile(join(folder, 'two'), flags);
    await two.write([Buffer.from('two')], 0);
    expect(await writing).toBe(large.length);
    await two.close();
    expect((await readFile(join(folder, 'one'))).equals(large)).toBe(true);
    expect(await readFile(join(folder, 'two'), 'utf8')).toBe('two');
  });
});

test('small and large files are read, written and emptied alike', async () => {
  await withTempFolder(async (folder) => {
    for (const length of [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000]) {
      const path = join(folder, String(length));
      const content = Buffer.alloc(length, 'abc');
      await writeFile(path, content);
      const file = await new Disk().openFile(path, constants.O_RDWR);
      const buffers = [Buffer.alloc(10), Buffer.alloc(length)];
      expect(await file.read(buffers, 0)).toBe(length);
      expect(Buffer.concat(buffers).subarray(0, length).equals(content)).toBe(true);
      await file.empty();
      expect((await file.stats()).size).toBe(0n);
      expect(await file.write([content.subarray(0, length >> 1), content], 0)).toBe(
        (length >> 1) + length,
      );
      await file.close();
    }
  });
});
