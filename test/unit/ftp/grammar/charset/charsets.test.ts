import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Charset, holdsUndecoded } from '../../../../../src/ftp/grammar/charset/charset.ts';
import { charsetNamed, charsetNames } from '../../../../../src/ftp/grammar/charset/charsets.ts';
import { encodeCommand } from '../../../../../src/ftp/grammar/command.ts';
import { GrammarError } from '../../../../../src/ftp/grammar/grammarError.ts';
import { TelnetFilter } from '../../../../../src/ftp/grammar/telnet.ts';
import { anyLetter } from '../arbitraries.ts';

// Bytes that begin, go on with or end a letter in one or the other charset, ASCII among them.
const tricky = fc
  .array(
    fc.oneof(
      fc.nat({ max: 255 }),
      fc.constantFrom(0x5c, 0x7c, 0x7e, 0x30, 0x39, 0x40, 0x2f, 0x0a, 0x0d, 0x22, 0x20),
      fc.constantFrom(0x80, 0x81, 0x84, 0x88, 0x8e, 0x8f, 0xa0, 0xa1, 0xee, 0xef, 0xfc, 0xfe, 0xff),
    ),
    { maxLength: 24 },
  )
  .map((numbers) => Uint8Array.from(numbers));

async function charsetOf(name: string): Promise<Charset> {
  const charset = await charsetNamed(name);
  if (!charset) throw new Error(`There is no ${name}`);
  return charset;
}

describe.each(charsetNames)('%s', (name) => {
  let charset: Charset;
  beforeAll(async () => {
    charset = await charsetOf(name);
  });

  test('any bytes that are decoded are encoded as the same bytes', () => {
    fc.assert(
      fc.property(tricky, (bytes) => {
        expect([...charset.encode(charset.decode(bytes))]).toEqual([...bytes]);
      }),
      { numRuns: 100 },
    );
  });

  test('every pair of bytes comes back', () => {
    const pairs = Array.from({ length: 0x10000 }, (_, pair) => [pair >> 8, pair & 0xff, 0x0a]);
    const bytes = Uint8Array.from(pairs.flat());
    expect(Buffer.compare(charset.encode(charset.decode(bytes)), bytes)).toBe(0);
  });

  test('a line is decoded by itself, whatever stands in the lines beside it', () => {
    fc.assert(
      fc.property(tricky, tricky, (one, other) => {
        const both = Buffer.concat([one, Buffer.from('\r\n'), other]);
        const [first, second] = [one, other].map((bytes) => charset.decode(bytes));
        expect(charset.decode(both)).toBe(`${first}\r\n${second}`);
      }),
      { numRuns: 100 },
    );
  });

  test('ASCII stays as it is, and what is decoded can stand in a URI', () => {
    const ascii = Uint8Array.from({ length: 0x80 }, (_, byte) => byte);
    expect(charset.decode(ascii)).toBe(String.fromCharCode(...ascii));
    fc.assert(
      fc.property(tricky, (bytes) => {
        expect(() => encodeURIComponent(charset.decode(bytes))).not.toThrow();
      }),
      { numRuns: 100 },
    );
  });

  test('a letter is written so that it is read as the same one, or it is refused', () => {
    fc.assert(
      fc.property(
        anyLetter.filter((letter) => !holdsUndecoded(letter)),
        (letter) => {
          let bytes: Uint8Array;
          try {
            bytes = charset.encode(letter);
          } catch (error) {
            expect(error).toBeInstanceOf(GrammarError);
            return;
          }
          expect(charset.decode(bytes)).toBe(letter);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a command line is one line, whatever its argument holds', () => {
    fc.assert(
      fc.property(tricky, (bytes) => {
        const argument = charset.decode(bytes.filter((byte) => ![0, 10, 13].includes(byte)));
        const line = encodeCommand({ verb: 'RETR', argument }, charset);
        const read = new TelnetFilter().push(line);
        expect([...read.subarray(-2)]).toEqual([13, 10]);
        expect(charset.decode(read.subarray(0, -2))).toBe(`RETR ${argument}`);
      }),
      { numRuns: 100 },
    );
  });
});

test.each([
  ['windows-1252', '80e98a', '€éŠ'],
  ['windows-1251', 'cff0e8e2e5f2ff', 'Приветя'],
  ['iso-8859-2', 'b9e8', 'šč'],
  ['iso-8859-15', 'a4', '€'],
  ['koi8-r', 'f0d2c9d7c5d4', 'Привет'],
  ['cp437', '81e1', 'üß'],
  ['cp850', '819e', 'ü×'],
  ['cp866', '8fe0a8a2a5e2', 'Привет'],
  ['macintosh', '8a8e', 'äé'],
  ['shift_jis', '93fa967b8cea835c', '日本語ソ'],
  ['euc-jp', 'c6fccbdcb8eca1c1', '日本語\uFF5E'],
  ['gbk', 'c4e3bac3', '你好'],
  ['gb18030', 'c4e3bac395328236', '你好𠀀'],
  ['big5', 'a741a66ea55c', '你好功'],
  ['euc-kr', 'c7d1b1db', '한글'],
])('%s reads %s as %s', async (name, hex, text) => {
  const charset = await charsetOf(name);
  expect(charset.decode(Buffer.from(hex, 'hex'))).toBe(text);
  expect(Buffer.from(charset.encode(text)).toString('hex')).toBe(hex);
});

test('of a name that is partly in another charset only the strange bytes are private letters', async () => {
  const japanese = await charsetOf('shift_jis');
  expect(japanese.decode(Buffer.from('93fa967b2fa0fd2f8cea', 'hex'))).toBe('日本/\uEFA0\uEFFD/語');
  const western = await charsetOf('windows-1252');
  expect(western.decode(Buffer.from('e981e9', 'hex'))).toBe('é\uEF81é');
});

test('letters that only look like one of the charset are refused, not replaced', async () => {
  for (const [name, text] of [
    ['shift_jis', '\u00A5'],
    ['euc-jp', '\u203E'],
    ['windows-1251', 'é'],
    ['cp437', '€'],
    ['big5', '😀'],
    ['gb18030', '\uD800'],
  ] as const) {
    const charset = await charsetOf(name);
    expect(() => charset.encode(text), `${name} ${text}`).toThrow(GrammarError);
  }
});

test('other names of a charset do as well', async () => {
  for (const name of [
    'UTF8',
    'cp1251',
    'win1252',
    'SJIS',
    'Shift-JIS',
    'latin2',
    'KS_C_5601-1987',
  ]) {
    expect(await charsetNamed(name), name).toBeDefined();
  }
});

test('what is no charset of names is not known', async () => {
  // The wide ones hold NUL bytes, and the last ones write ASCII as something else.
  for (const name of [
    '',
    'klingon',
    'constructor',
    '__proto__',
    'utf-16',
    'utf-32',
    'base64',
    'hex',
    'utf-7',
  ]) {
    expect(await charsetNamed(name), name).toBeUndefined();
  }
});

test('decoding costs the codec few calls, however many strange bytes there are', async () => {
  const { losslessCharset } =
    await import('../../../../../src/ftp/grammar/charset/losslessCharset.ts');
  const { codecNamed } = await import('../../../../../src/ftp/grammar/charset/codePages.ts');
  const codec = codecNamed('shift_jis');
  let calls = 0;
  const charset =
    codec &&
    losslessCharset('counted', {
      decode: (bytes) => {
        calls++;
        return codec.decode(bytes);
      },
      encode: (text) => codec.encode(text),
    });
  const callsFor = (length: number): number => {
    calls = 0;
    charset?.decode(new Uint8Array(length).fill(0xfd));
    return calls;
  };
  expect(callsFor(100_000)).toBeLessThan(20);
});
