import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockParser } from '../../../../src/ftp/grammar/block.ts';
import { blocksOfFile, bytesOfFile } from '../../../../src/server/data/fileBytes.ts';
import { memoryFolder } from '../../../../src/server/folder/memoryFolder.ts';
import {
  type FileReader,
  resolveServedPath,
  servedRoot,
} from '../../../../src/server/folder/servedFolder.ts';

/** A file that reads at most so many bytes at a time, and ends early where it is told to. */
async function fileOf(content: Buffer, atMost: number, end = content.length): Promise<FileReader> {
  const path = resolveServedPath(servedRoot, 'f') ?? servedRoot;
  const file = await memoryFolder({ '/f': content }).openRead(path);
  return {
    entry: file.entry,
    read: async (buffers, offset) => {
      let left = Math.min(atMost, end - offset);
      const cut = buffers.map((buffer) => {
        const some = buffer.subarray(0, left);
        left -= some.length;
        return some;
      });
      return file.read(cut, offset);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

/** What the pieces hold, each looked at only when the next one has come: that is when it was sent. */
async function sent(pieces: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  let leaving: Uint8Array = Buffer.alloc(0);
  for await (const piece of pieces) {
    all.push(Buffer.from(leaving));
    leaving = piece;
  }
  all.push(Buffer.from(leaving));
  return all.filter(({ length }) => length > 0);
}

function read(framed: Buffer): { content: Buffer; alone: boolean; whole: boolean } {
  const parser = new BlockParser();
  parser.push(framed);
  const content: Uint8Array[] = [];
  for (;;) {
    const event = parser.next();
    if (event?.kind === 'data') content.push(event.bytes);
    else {
      const alone = event?.kind === 'endOfFile' && event.alone;
      return { content: Buffer.concat(content), alone, whole: parser.atBoundary };
    }
  }
}

const pattern = (length: number): Buffer => {
  const content = Buffer.alloc(length);
  for (let at = 0; at < length; at++) content[at] = (at * 7 + (at >> 8)) % 256;
  return content;
};

test('a file comes whole, in blocks and without, from any offset, however the disk reads it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 900_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 60_000, max: 400_000 }),
      fc.constantFrom(1_024, 4_096, 65_535, 50_000),
      async (length, part, atMost, blockLength) => {
        const content = pattern(length);
        const offset = Math.floor(length * part);
        const file = await fileOf(content, atMost);
        const plain = Buffer.concat(await sent(bytesOfFile(file, offset)));
        expect(plain.equals(content.subarray(offset))).toBe(true);
        let counted = 0;
        const blocks = blocksOfFile(file, offset, blockLength, (count) => (counted += count));
        const { content: framed, alone, whole } = read(Buffer.concat(await sent(blocks)));
        expect(framed.equals(content.subarray(offset))).toBe(true);
        expect({ alone, whole, counted }).toEqual({
          alone: true,
          whole: true,
          counted: length - offset,
        });
      },
    ),
    { numRuns: 60 },
  );
});

test('a file that has become shorter ends where it ends, and its end is marked', async () => {
  const content = pattern(700_000);
  for (const end of [0, 1, 262_140, 300_000]) {
    const file = await fileOf(content, 1_000_000, end);
    const plain = Buffer.concat(await sent(bytesOfFile(file, 0)));
    expect(plain.equals(content.subarray(0, end))).toBe(true);
    const framed = read(Buffer.concat(await sent(blocksOfFile(file, 0, 65_535, () => {}))));
    expect(framed.content.equals(content.subarray(0, end))).toBe(true);
    expect(framed.alone).toBe(true);
  }
});

test('bytes that were appended after the file was opened are not sent', async () => {
  const content = pattern(1_200_000);
  for (const size of [0, 1, 262_145, 800_000]) {
    const grown = await fileOf(content, 2_000_000);
    const file = { ...grown, entry: { ...grown.entry, size } };
    const plain = Buffer.concat(await sent(bytesOfFile(file, 0)));
    expect(plain.equals(content.subarray(0, size))).toBe(true);
    const framed = read(Buffer.concat(await sent(blocksOfFile(file, 0, 65_535, () => {}))));
    expect(framed.content.equals(content.subarray(0, size))).toBe(true);
  }
});

test('a small file, its header and its end are one piece; a large one is read into three buffers', async () => {
  expect(
    await sent(blocksOfFile(await fileOf(pattern(4_096), 1e6), 0, 65_535, () => {})),
  ).toHaveLength(1);
  expect(
    await sent(blocksOfFile(await fileOf(Buffer.alloc(0), 1e6), 0, 65_535, () => {})),
  ).toHaveLength(1);
  const buffers = new Set<ArrayBufferLike>();
  const file = await fileOf(pattern(3_000_000), 1e6);
  for await (const piece of blocksOfFile(file, 0, 65_535, () => {})) buffers.add(piece.buffer);
  expect(buffers.size).toBe(3);
});

test('a disk that fails ends the file with its error', async () => {
  const file = await fileOf(pattern(1_000_000), 1e6);
  const failing: FileReader = {
    ...file,
    entry: file.entry,
    read: async (buffers, offset) => {
      if (offset > 300_000) throw new Error('EIO');
      return file.read(buffers, offset);
    },
  };
  await expect(sent(bytesOfFile(failing, 0))).rejects.toThrow('EIO');
});
