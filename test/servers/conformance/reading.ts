import { expect } from 'vitest';
import { CancelledError } from '../../../src/base/abort.ts';
import { concatBytes, sameBytes } from '../../../src/base/bytes.ts';
import { at, live } from '../support/site.ts';
import type { Cells } from './cells.ts';
import { content, expectReason, type Ground, megabyte, sizes } from './ground.ts';

/** Files come whole, or as an error. */
export function readingTests(test: Cells, ground: () => Ground): void {
  for (const size of sizes) {
    test(`a file of ${size} bytes comes as it is`, async () => {
      const { disk, ...on } = ground();
      const folder = await on.folder();
      const bytes = content(size);
      await disk.put(`${folder}/file`, bytes);
      await using site = on.open();
      const read = await site.files.readFile(at(`${folder}/file`), { signal: live });
      expect(read.content.length).toBe(size);
      expect(sameBytes(read.content, bytes)).toBe(true);
      expect(read.identity.size).toBe(size);
    });
  }

  test('a large file comes in pieces', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const bytes = content(20 * megabyte);
    await disk.put(`${folder}/file`, bytes);
    await using site = on.open();
    const pieces: Uint8Array[] = [];
    let moved = 0;
    const observer = { moved: (more: number) => void (moved += more) };
    const source = site.files.openRead(at(`${folder}/file`), { signal: live, observer });
    for await (const piece of source) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(sameBytes(concatBytes(pieces), bytes)).toBe(true);
    expect(moved).toBe(bytes.length);
  });

  test('a hundred files come one after the other, over one control connection', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const files = Array.from({ length: 100 }, (_, index) => content(index * 97));
    for (const [index, bytes] of files.entries()) await disk.put(`${folder}/${index}`, bytes);
    await using site = on.open();
    // A file is looked for in its folder's listing first: what that costs is not the files'.
    await site.files.readDirectory(at(folder), { signal: live });
    const [connection] = site.connections;
    const before = connection?.description.dataConnections ?? 0;
    for (const [index, bytes] of files.entries()) {
      const read = await site.files.readFile(at(`${folder}/${index}`), { signal: live });
      expect(sameBytes(read.content, bytes)).toBe(true);
    }
    expect(site.connections).toHaveLength(1);
    const opened = connection?.description.dataConnections ?? 0;
    expect(connection?.description).toMatchObject(on.dataConnections(opened));
    const wanted = { kept: 1, single: before + 100, varying: opened };
    expect(opened).toBe(wanted[on.kind.dataConnections]);
  });

  test('several files come at a time', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const files = Array.from({ length: 12 }, () => content(megabyte));
    for (const [index, bytes] of files.entries()) await disk.put(`${folder}/${index}`, bytes);
    await using site = on.open();
    const reads = await Promise.all(
      files.map((_, index) => site.files.readFile(at(`${folder}/${index}`), { signal: live })),
    );
    for (const [index, bytes] of files.entries()) {
      expect(sameBytes(reads[index]?.content ?? content(1), bytes)).toBe(true);
    }
    for (const { description } of site.connections) {
      expect(description).toMatchObject(on.dataConnections(description.dataConnections));
    }
  });

  test('what is not there, what is a folder and what is not allowed is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/closed`, 'secret');
    await disk.keepFromUser(`${folder}/closed`, 0o600);
    await disk.makeFolder(`${folder}/folder`);
    await using site = on.open();
    const read = (name: string): Promise<unknown> =>
      site.files.readFile(at(`${folder}/${name}`), { signal: live });
    await expectReason(read('missing'), 'notFound');
    await expectReason(read('no/such/folder'), 'notFound');
    await expectReason(read('folder'), 'isADirectory');
    await expectReason(read('closed'), 'noPermissions');
    // Refused is not broken: the connection stays.
    expect(site.connections).toHaveLength(1);
  });

  test('a reading can be cancelled in its middle, and the session goes on', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/long`, content(30 * megabyte));
    await disk.put(`${folder}/short`, 'still here');
    await using site = on.open();
    const cancel = new AbortController();
    const reason = new CancelledError('Reading');
    const reading = site.files.readFile(at(`${folder}/long`), {
      signal: cancel.signal,
      observer: { moved: () => cancel.abort(reason) },
    });
    await expect(reading).rejects.toBe(reason);
    const { content: bytes } = await site.files.readFile(at(`${folder}/short`), { signal: live });
    expect(Buffer.from(bytes).toString()).toBe('still here');
  });

  test('a loop over pieces can be left, and the session goes on', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/long`, content(30 * megabyte));
    await disk.put(`${folder}/short`, 'still here');
    await using site = on.open();
    let bytes = 0;
    for await (const piece of site.files.openRead(at(`${folder}/long`), { signal: live })) {
      bytes += piece.length;
      if (bytes > megabyte) break;
    }
    const read = await site.files.readFile(at(`${folder}/short`), { signal: live });
    expect(Buffer.from(read.content).toString()).toBe('still here');
  });

  test('line ends come as they are', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const text = 'one\r\ntwo\nthree\rfour\r\n\n\u0000\u001a';
    await disk.put(`${folder}/text.txt`, text);
    await using site = on.open();
    const read = await site.files.readFile(at(`${folder}/text.txt`), { signal: live });
    expect(Buffer.from(read.content).toString()).toBe(text);
  });

  test('two hundred small files come over four connections', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const names = Array.from({ length: 200 }, (_, index) => `${index}.txt`);
    for (const name of names) await disk.put(`${folder}/${name}`, name);
    await using site = on.open({ session: { maxConnections: 4 } });
    const reads = await Promise.all(
      names.map((name) => site.files.readFile(at(`${folder}/${name}`), { signal: live })),
    );
    expect(reads.map((read) => Buffer.from(read.content).toString())).toEqual(names);
    expect(site.connections.length).toBeLessThanOrEqual(4);
  });
}
