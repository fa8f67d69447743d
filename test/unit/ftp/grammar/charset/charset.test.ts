import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { latin1, utf8 } from '../../../../../src/ftp/grammar/charset/charset.ts';
import { GrammarError } from '../../../../../src/ftp/grammar/grammarError.ts';

test('any bytes that are decoded are encoded as the same bytes', () => {
  const tricky = fc
    .array(
      fc.oneof(
        fc.nat({ max: 255 }),
        // Overlong slashes, half surrogates, what is past Unicode, the private letters themselves.
        fc.constantFrom(0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0xee, 0xbe, 0xbf, 0xef, 0xbb),
      ),
      { maxLength: 20 },
    )
    .map((numbers) => Uint8Array.from(numbers));
  for (const charset of [utf8, latin1]) {
    fc.assert(
      fc.property(tricky, (bytes) => {
        expect([...charset.encode(charset.decode(bytes))]).toEqual([...bytes]);
      }),
      { numRuns: 2_000 },
    );
  }
});

test('well-formed text is ordinary UTF-8, and both normal forms of a letter stay two names', () => {
  for (const text of ['ü', 'u\u0308', '😀', '\uFEFFa', 'a\u202Eb', '\uFFFD']) {
    expect([...utf8.encode(text)], text).toEqual([...new TextEncoder().encode(text)]);
    expect(utf8.decode(utf8.encode(text))).toBe(text);
  }
});

test('bytes that are no UTF-8 become text that any URI can hold', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      expect(() => encodeURIComponent(utf8.decode(bytes))).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

test('an overlong slash is no slash', () => {
  expect(utf8.decode(Uint8Array.of(0x61, 0xc0, 0xaf, 0x62))).not.toContain('/');
});

test('what a charset cannot write is refused, not replaced', () => {
  for (const text of ['Ċ', '€', '😀', '\u0100']) {
    expect(() => latin1.encode(text), text).toThrow(GrammarError);
  }
  for (const text of ['\uD800', 'a\uDC00b']) expect(() => utf8.encode(text)).toThrow(GrammarError);
});
