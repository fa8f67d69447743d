import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes } from '../../../../src/base/bytes.ts';
import {
  blockDescriptor,
  type BlockEvent,
  blockHeader,
  BlockParser,
  BlockWriter,
  maxBlockLength,
} from '../../../../src/ftp/grammar/block.ts';
import { GrammarError } from '../../../../src/ftp/grammar/grammarError.ts';
import { chunksOf, singleBytes } from './arbitraries.ts';

const { endOfRecord, endOfFile, suspectData, restartMarker } = blockDescriptor;

function block(descriptor: number, payload: string | Uint8Array = ''): Uint8Array {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  return concatBytes([blockHeader(descriptor, bytes.length), bytes]);
}

function readAll(chunks: readonly Uint8Array[], parser = new BlockParser()): BlockEvent[] {
  const events: BlockEvent[] = [];
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let event = parser.next(); event; event = parser.next()) events.push(event);
  }
  return events;
}

/** The files that the events make, each with what was said beside its bytes. */
function filesOf(
  events: readonly BlockEvent[],
): { text: string; markers: string[]; suspect: number }[] {
  const files = [{ text: '', markers: [] as string[], suspect: 0 }];
  for (const event of events) {
    const file = files.at(-1);
    if (event.kind === 'endOfFile') files.push({ text: '', markers: [], suspect: 0 });
    else if (event.kind === 'marker') file?.markers.push(event.marker);
    else if (file) {
      file.text += Buffer.from(event.bytes).toString('latin1');
      if (event.suspect) file.suspect += event.bytes.length;
    }
  }
  return files;
}

const read = (...blocks: Uint8Array[]): ReturnType<typeof filesOf> =>
  filesOf(readAll([concatBytes(blocks)]));
const ended = { text: '', markers: [], suspect: 0 };

test('the end of a file may ride on its last data or stand alone, with or without EOR', () => {
  const abc = [{ ...ended, text: 'abc' }, ended];
  expect(read(block(endOfFile, 'abc'))).toEqual(abc);
  expect(read(block(endOfFile | endOfRecord, 'abc'))).toEqual(abc);
  expect(read(block(0, 'ab'), block(0, 'c'), block(endOfFile))).toEqual(abc);
  expect(read(block(0, 'abc'), block(endOfFile | endOfRecord))).toEqual(abc);
});

test('an end of record adds no byte', () => {
  expect(read(block(endOfRecord, 'ab'), block(endOfRecord, 'c'), block(endOfFile))).toEqual([
    { ...ended, text: 'abc' },
    ended,
  ]);
});

test('an empty file is one empty block', () => {
  expect(read(block(endOfFile))).toEqual([ended, ended]);
});

test('empty blocks between others say nothing', () => {
  expect(read(block(0), block(0, 'a'), block(0), block(endOfRecord), block(endOfFile))).toEqual([
    { ...ended, text: 'a' },
    ended,
  ]);
});

test('a marker is no part of the file, and may end it', () => {
  expect(read(block(0, 'ab'), block(restartMarker, 'MARK1'), block(endOfFile, 'c'))).toEqual([
    { ...ended, text: 'abc', markers: ['MARK1'] },
    ended,
  ]);
  expect(read(block(0, 'ab'), block(restartMarker | endOfFile, 'MARK1'))).toEqual([
    { ...ended, text: 'ab', markers: ['MARK1'] },
    ended,
  ]);
});

test('suspect bytes are kept and called so', () => {
  expect(read(block(0, 'ab'), block(suspectData, 'cd'), block(endOfFile, 'e'))).toEqual([
    { ...ended, text: 'abcde', suspect: 2 },
    ended,
  ]);
});

test('the longest block and the longest marker are read whole', () => {
  const long = Buffer.alloc(maxBlockLength, 'x');
  expect(read(block(0, long), block(restartMarker, long), block(endOfFile))).toEqual([
    { ...ended, text: long.toString(), markers: [long.toString()] },
    ended,
  ]);
});

test('two files in one chunk come one after the other', () => {
  expect(read(block(endOfFile, 'one'), block(0, 'tw'), block(endOfFile, 'o'))).toEqual([
    { ...ended, text: 'one' },
    { ...ended, text: 'two' },
    ended,
  ]);
});

test('the bytes of the next file wait inside until they are asked for', () => {
  const parser = new BlockParser();
  parser.push(concatBytes([block(endOfFile, 'one'), block(endOfFile, 'two')]));
  expect([parser.next()?.kind, parser.next()?.kind]).toEqual(['data', 'endOfFile']);
  expect(parser.atBoundary).toBe(false);
  expect(parser.next()).toMatchObject({ kind: 'data', bytes: Buffer.from('two') });
});

test('a boundary is where a whole block has been read and nothing after it', () => {
  const parser = new BlockParser();
  const at = (byte: Uint8Array): boolean => {
    readAll([byte], parser);
    return parser.atBoundary;
  };
  expect(parser.atBoundary).toBe(true);
  expect(singleBytes(block(0, 'ab')).map(at)).toEqual([false, false, false, false, true]);
  expect(singleBytes(block(restartMarker, 'M')).map(at)).toEqual([false, false, false, true]);
  expect(singleBytes(block(endOfFile)).map(at)).toEqual([false, false, true]);
});

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const descriptor = fc.constantFrom(0, endOfRecord, suspectData, suspectData | endOfRecord);
const payload = fc.uint8Array({ maxLength: 30 });
const file = fc.record({
  blocks: fc.array(
    fc.oneof(
      fc.tuple(descriptor, payload),
      fc.tuple(fc.constant<number>(restartMarker), fc.uint8Array({ minLength: 1, maxLength: 5 })),
    ),
    { maxLength: 6 },
  ),
  end: fc.tuple(
    descriptor.map((bits) => bits | endOfFile),
    payload,
  ),
});

test('any file written as any blocks comes back, in any chunking', () => {
  const wire = fc.array(file, { maxLength: 4 }).chain((files) => {
    const blocks = files.flatMap(({ blocks, end }) => [...blocks, end]);
    const bytes = concatBytes(blocks.map(([descriptor, payload]) => block(descriptor, payload)));
    return fc.tuple(fc.constant(files), chunksOf(Uint8Array.from(bytes)));
  });
  fc.assert(
    fc.property(wire, ([files, chunks]) => {
      const parser = new BlockParser();
      const expected = files.map(({ blocks, end }) => {
        const all = [...blocks, end];
        const data = all.filter(([descriptor]) => descriptor !== restartMarker);
        const suspect = data.filter(([descriptor]) => (descriptor & suspectData) !== 0);
        return {
          text: data.map(([, payload]) => latin1(payload)).join(''),
          markers: all
            .filter(([descriptor]) => descriptor === restartMarker)
            .map(([, payload]) => latin1(payload)),
          suspect: suspect.reduce((sum, [, payload]) => sum + payload.length, 0),
        };
      });
      expect(filesOf(readAll(chunks, parser))).toEqual([...expected, ended]);
      expect(parser.atBoundary).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('a descriptor with one of the low four bits disproves framing', () => {
  for (let low = 1; low < 16; low++) {
    expect(() => readAll([Uint8Array.of(low | 0x40)])).toThrow(GrammarError);
  }
});

test('raw text of a listing or a program disproves framing at its first byte', () => {
  for (const text of [
    '-rw-r--r--',
    'total 5',
    'drwx',
    'type=file;',
    '#!/bin/sh',
    '\x7fELF',
    '<html>',
  ]) {
    expect(() => readAll([Buffer.from(text)]), text).toThrow(GrammarError);
  }
});

const markers = (count: number): Uint8Array[] =>
  Array.from({ length: count }, () => block(restartMarker, 'M'));

test('markers without any data between them end in an error', () => {
  expect(() => readAll(markers(2_000))).toThrow(GrammarError);
  // With data between them there may be any number.
  const many = Array.from({ length: 50 }, () => [...markers(100), block(0, 'data')]).flat();
  expect(() => readAll(many)).not.toThrow();
});

test('nothing but empty blocks ends in an error', () => {
  expect(() => readAll(Array.from({ length: 2_000 }, () => block(0)))).toThrow(GrammarError);
  expect(() => readAll(Array.from({ length: 2_000 }, () => block(restartMarker)))).toThrow(
    GrammarError,
  );
});

test('empty files one after the other are no error', () => {
  const files = readAll(Array.from({ length: 5_000 }, () => block(endOfFile)));
  expect(files).toHaveLength(5_000);
});

function outcomeOf(chunks: readonly Uint8Array[]): unknown {
  try {
    return filesOf(readAll(chunks));
  } catch (error) {
    expect(error).toBeInstanceOf(GrammarError);
    return 'refused';
  }
}

test('whatever bytes come, only a GrammarError comes of it, the same in any chunking', () => {
  const bytes = fc
    .array(
      fc.oneof(fc.constantFrom(0, 0x10, 0x20, 0x40, 0x80, 0xc0, 1, 2, 3), fc.nat({ max: 255 })),
      {
        maxLength: 100,
      },
    )
    .map((numbers) => Uint8Array.from(numbers));
  fc.assert(
    fc.property(
      bytes.chain((bytes) => fc.tuple(fc.constant(bytes), chunksOf(bytes))),
      ([bytes, chunks]) => {
        expect(outcomeOf(chunks)).toEqual(outcomeOf([bytes]));
      },
    ),
    { numRuns: 300 },
  );
});

test('what is put into blocks is read as what it was, and ends where the last block says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 })),
      fc.uint8Array({ maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (pieces, last, length) => {
        const writer = new BlockWriter(length);
        // Its room is used again: what is sent is no longer there.
        const sent = pieces.map((piece) => Buffer.from(writer.blocksOf(piece, 'more')));
        const events = readAll([...sent, writer.blocksOf(last, 'last')]);
        expect(events.at(-1)).toEqual({ kind: 'endOfFile', alone: last.length === 0 });
        const data = events.flatMap((event) => (event.kind === 'data' ? [event.bytes] : []));
        expect(data).toHaveLength(events.length - 1);
        expect(Buffer.concat(data)).toEqual(Buffer.concat([...pieces, last]));
        expect(data.every((each) => each.length <= length)).toBe(true);
      },
    ),
  );
});
