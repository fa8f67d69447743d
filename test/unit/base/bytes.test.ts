import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectBytes, concatBytes, noBytes, sameBytes } from '../../../src/base/bytes.ts';

const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 });

test('the pieces stand one after the other', () => {
  fc.assert(
    fc.property(pieces, (pieces) => {
      expect([...concatBytes(pieces)]).toEqual(pieces.flatMap((piece) => [...piece]));
    }),
  );
});

test('a single piece is not copied', () => {
  const piece = Uint8Array.of(1, 2);
  expect(concatBytes([piece])).toBe(piece);
  expect(concatBytes([])).toHaveLength(0);
});

test('a source is read to its end, up to exactly the limit', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (pieces) => {
      const whole = concatBytes(pieces);
      expect(sameBytes(await collectBytes(pieces, whole.length), whole)).toBe(true);
      if (whole.length > 0) {
        await expect(collectBytes(pieces, whole.length - 1)).rejects.toThrow(RangeError);
      }
    }),
  );
});

test('a source past its limit is not read any further, and is closed', async () => {
  let read = 0;
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        read += 1;
        yield new Uint8Array(10);
      }
    } finally {
      closed = true;
    }
  }
  await expect(collectBytes(endless(), 25)).rejects.toThrow('More than 25 bytes');
  expect([read, closed]).toEqual([3, true]);
});

test('bytes are the same by content', () => {
  expect(sameBytes(Uint8Array.of(1, 2), Buffer.from([1, 2]))).toBe(true);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(sameBytes(Uint8Array.of(0), noBytes)).toBe(false);
});
