import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TelnetFilter } from '../../../../src/ftp/grammar/telnet.ts';
import { doubleIac } from '../../../../src/ftp/grammar/command.ts';
import { chunksOf, singleBytes } from './arbitraries.ts';

function filter(chunks: readonly Uint8Array[]): number[] {
  const telnet = new TelnetFilter();
  return chunks.flatMap((chunk) => [...telnet.push(chunk)]);
}

test('bytes without IAC are handed back as they are, not copied', () => {
  const chunk = Buffer.from('220 ready\r\n');
  expect(new TelnetFilter().push(chunk)).toBe(chunk);
});

test('any bytes survive doubling and filtering, in any chunking', () => {
  const bytes = fc
    .array(fc.oneof(fc.constant(255), fc.nat({ max: 255 })), { maxLength: 60 })
    .map((numbers) => Uint8Array.from(numbers));
  fc.assert(
    fc.property(
      bytes.chain((bytes) => fc.tuple(fc.constant(bytes), chunksOf(doubleIac(bytes)))),
      ([bytes, chunks]) => {
        expect(filter(chunks)).toEqual([...bytes]);
      },
    ),
    { numRuns: 300 },
  );
});

test('commands and options are taken out wherever they stand, cut anywhere', () => {
  const command = fc.constantFrom(...[240, 241, 242, 244, 249, 250].map((code) => [255, code]));
  const option = fc
    .tuple(fc.constantFrom(251, 252, 253, 254), fc.nat({ max: 255 }))
    .map(([verb, option]) => [255, verb, option]);
  const data = fc.array(fc.nat({ max: 254 }), { maxLength: 5 });
  const pieces = fc.array(fc.record({ data, telnet: fc.oneof(command, option) }), { maxLength: 8 });
  const stream = pieces.chain((pieces) =>
    fc.record({
      expected: fc.constant(pieces.flatMap(({ data }) => data)),
      chunks: chunksOf(Uint8Array.from(pieces.flatMap(({ data, telnet }) => [...data, ...telnet]))),
    }),
  );
  fc.assert(
    fc.property(stream, ({ expected, chunks }) => {
      expect(filter(chunks)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('a 255 that a server forgot to double stays before an ordinary byte', () => {
  const name = Buffer.from('ÿa', 'latin1');
  expect(filter([name])).toEqual([...name]);
  expect(filter(singleBytes(name))).toEqual([...name]);
});

test('the filter is idle when no sequence stands half read', () => {
  const telnet = new TelnetFilter();
  const idleAfter = [97, 255, 253, 31, 255, 255, 255, 241].map((byte) => {
    telnet.push(Uint8Array.of(byte));
    return telnet.idle;
  });
  expect(idleAfter).toEqual([true, false, false, true, false, true, false, true]);
});
