import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockParser } from '../../../../src/ftp/grammar/block.ts';
import { type CommandLine, CommandLines } from '../../../../src/server/control/commandLines.ts';
import {
  frameBlocks,
  fromNetworkLines,
  toNetworkLines,
} from '../../../../src/server/data/transferBytes.ts';

async function* each(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

const anyPieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });

test('blocks carry any content in any pieces, and end where the file ends', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyPieces,
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom('own' as const, 'onData' as const),
      fc.boolean(),
      async (pieces, blockLength, endOfFile, endOfRecord) => {
        const framed = await joined(
          frameBlocks(each(pieces), { blockLength, endOfFile, endOfRecord }),
        );
        const parser = new BlockParser();
        parser.push(framed);
        const content: Uint8Array[] = [];
        for (;;) {
          const event = parser.next();
          if (event?.kind !== 'data') {
            expect(event?.kind).toBe('endOfFile');
            break;
          }
          content.push(event.bytes);
        }
        expect(parser.atBoundary).toBe(true);
        expect(Buffer.concat(content).equals(Buffer.concat(pieces))).toBe(true);
      },
    ),
  );
});

test('lines that end with LF come back from the network as they went, in any pieces', async () => {
  const letters = fc.array(fc.constantFrom(0x0a, 0x41, 0x42), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(letters, fc.integer({ min: 1, max: 7 }), async (text, cut) => {
      const sent = await joined(toNetworkLines(each([Uint8Array.from(text)])));
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < sent.length; at += cut) pieces.push(sent.subarray(at, at + cut));
      expect([...(await joined(fromNetworkLines(each(pieces))))]).toEqual(text);
    }),
  );
});

function linesOf(lines: CommandLines, chunk: Uint8Array): CommandLine[] {
  lines.push(chunk);
  const all: CommandLine[] = [];
  for (let line = lines.next(); line; line = lines.next()) all.push(line);
  return all;
}

test('commands are the same however their bytes were chunked', () => {
  const text = Buffer.from('USER a\r\nxyz1\r\nRETR  two  blanks \nNOOP\r\n\r\n', 'latin1');
  const whole = linesOf(new CommandLines(), text);
  expect(whole).toEqual([
    { verb: 'USER', argument: 'a' },
    'unreadable',
    { verb: 'RETR', argument: ' two  blanks ' },
    { verb: 'NOOP' },
    'unreadable',
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (cuts) => {
      const lines = new CommandLines();
      const all = [];
      let at = 0;
      for (let step = 0; at < text.length; step++) {
        const next = at + (cuts[step % cuts.length] ?? 1);
        all.push(...linesOf(lines, text.subarray(at, next)));
        at = next;
      }
      expect(all).toEqual(whole);
      expect(lines.partial).toBe(false);
    }),
  );
});

test('no bytes make the command lines do anything but read, or refuse a line too long', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 6 }), (chunks) => {
      const lines = new CommandLines();
      try {
        for (const chunk of chunks) linesOf(lines, chunk);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
