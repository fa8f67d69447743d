import * as fc from 'fast-check';

/** The bytes, cut into chunks at any places. */
export function chunksOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc
    .uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 40 })
    .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), bytes.length])
    .map((cuts) => cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end)));
}

/** One chunk for each byte. */
export function singleBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** Any letter of Unicode, control characters and private ones included; no half ones. */
export const anyLetter: fc.Arbitrary<string> = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0xffff }), fc.nat({ max: 0x10ffff }))
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));

/** Text made of what this grammar's lines are made of, and of anything else now and then. */
export function textOf(...words: string[]): fc.Arbitrary<string> {
  const unit = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: anyLetter },
  );
  return fc.array(unit, { maxLength: 30 }).map((words) => words.join(''));
}
