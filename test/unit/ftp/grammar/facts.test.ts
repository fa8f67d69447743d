import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RemoteEntry, withoutEstimates } from '../../../../src/ftp/grammar/entry.ts';
import {
  formatTimeVal,
  parseFactsLine,
  parseMdtmReply,
  parseSize,
  parseTimeVal,
} from '../../../../src/ftp/grammar/facts.ts';
import { anyLetter, textOf } from './arbitraries.ts';

test('all facts of a file are read', () => {
  const line =
    'modify=20261122162305;perm=ADFRW;size=340;type=file;unique=801U1F;UNIX.mode=0644;UNIX.owner=1; t_small.bin';
  expect(parseFactsLine(line)).toEqual({
    name: 't_small.bin',
    type: 'file',
    size: 340,
    modified: new Date('2026-11-22T16:23:05Z'),
    precision: 'second',
    mode: '0644',
    permissions: 'adfrw',
    unique: '801U1F',
  });
});

test('names and values of facts are read without regard to case, but for a unique one', () => {
  expect(parseFactsLine('TYPE=DIR;Unique=Ab; x')).toMatchObject({
    type: 'directory',
    unique: 'Ab',
  });
});

test('the first space ends the facts; blanks, ";" and "=" after it belong to the name', () => {
  expect(parseFactsLine('type=file;  a; b=c.txt ')).toMatchObject({ name: ' a; b=c.txt ' });
  expect(parseFactsLine('type=file; size=3; x')).toMatchObject({
    name: 'size=3; x',
    size: undefined,
  });
});

test('the value of a fact begins at its first "="', () => {
  expect(parseFactsLine('type=OS.unix=slink:/srv/a=b; x')).toMatchObject({
    type: 'symlink',
    target: '/srv/a=b',
  });
});

test('a link is a link, whether its target is told or not', () => {
  expect(parseFactsLine('type=OS.unix=symlink; x')).toMatchObject({ type: 'symlink' });
  expect(parseFactsLine('type=OS.unix=symlink; x')).not.toHaveProperty('target');
  expect(parseFactsLine('type=OS.unix=slink:; x')).not.toHaveProperty('target');
});

test('the folder itself and its parent are told apart from its entries, whatever they are called', () => {
  expect(parseFactsLine('type=cdir;perm=el; /srv/www')).toBe('listedFolder');
  expect(parseFactsLine('Type=CDIR; ../../etc')).toBe('listedFolder');
  expect(parseFactsLine('type=pdir; /')).toBe('parentFolder');
});

test('numbers and times that are none are unknown', () => {
  const line = 'type=file;size=abc;modify=99999999999999;unix.mode=rwx; x';
  expect(parseFactsLine(line)).toEqual({
    name: 'x',
    type: 'file',
    size: undefined,
    modified: undefined,
    precision: 'none',
  });
  expect(parseFactsLine('type=file;size=-1; x')).toMatchObject({ size: undefined });
  expect(parseFactsLine('type=file;size=18446744073709551615; x')).toMatchObject({
    size: undefined,
  });
});

test('a fact that is told twice in two ways is unknown', () => {
  expect(parseFactsLine('type=file;size=1;size=2; x')).toMatchObject({ size: undefined });
  expect(parseFactsLine('type=file;size=1;SIZE=1; x')).toMatchObject({ size: 1 });
});

test('a line without facts has a name only', () => {
  expect(parseFactsLine(' x')).toMatchObject({ name: 'x', type: 'other', size: undefined });
});

test('what has no facts before its first space is no such line', () => {
  for (const line of [
    '',
    'x',
    'DATA.DIR; 1',
    'total 5',
    'size=1;x',
    'size=1 x',
    'size=1;\tx',
    'type=file;',
  ]) {
    expect(parseFactsLine(line), line).toBeUndefined();
  }
});

test('what servers write beside the standard is read where a type shows that it is facts', () => {
  const name = 'a b; c=d e';
  for (const separator of [';\t', ';', ' ']) {
    const line = `size=1;type=file${separator}${name}`;
    expect(parseFactsLine(line), line).toMatchObject({ name, type: 'file', size: 1 });
  }
  expect(parseFactsLine('type=OS.unix=slink:/a b;size=1; x y')).toMatchObject({
    name: 'x y',
    target: '/a b',
    size: 1,
  });
  expect(parseFactsLine('type=strange;x')).toBeUndefined();
});

const mode = (text: string): unknown => parseFactsLine(`type=file;UNIX.mode=${text}; x`);

test('mode bits are four octal digits', () => {
  expect(mode('755')).toMatchObject({ mode: '0755' });
  expect(mode('01755')).toMatchObject({ mode: '1755' });
  expect(mode('00')).toMatchObject({ mode: '0000' });
  expect(mode('0100644')).not.toHaveProperty('mode');
  expect(mode('0888')).not.toHaveProperty('mode');
});

test('any name is read as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyLetter, maxLength: 20 }), (name) => {
      expect(parseFactsLine(`type=file;size=1; ${name}`)).toMatchObject({ name, size: 1 });
    }),
  );
});

test('whatever line comes, its numbers and times are sound', () => {
  const text = textOf(
    'type=',
    'file',
    'dir',
    'size=',
    'modify=',
    '20261122162305',
    '9',
    ';',
    ' ',
    '=',
  );
  fc.assert(
    fc.property(text, (line) => {
      const parsed = parseFactsLine(line);
      if (parsed === undefined || typeof parsed === 'string') return;
      expect(parsed.size === undefined || Number.isSafeInteger(parsed.size)).toBe(true);
      expect(Number.isFinite(parsed.modified?.getTime() ?? 0)).toBe(true);
      // Where the space is missing, the name follows the last fact's end.
      const before = line.slice(0, line.length - parsed.name.length).at(-1);
      expect([line.endsWith(parsed.name), ' \t;'.includes(before ?? '?')]).toEqual([true, true]);
    }),
    { numRuns: 5_000 },
  );
});

const iso = (text: string): string | undefined => parseTimeVal(text)?.toISOString();

test('a time-val is in UTC, with or without a fraction', () => {
  expect(iso('20141205180002')).toBe('2014-12-05T18:00:02.000Z');
  expect(iso('20141205180002.5')).toBe('2014-12-05T18:00:02.500Z');
  expect(iso('20141205180002.000')).toBe('2014-12-05T18:00:02.000Z');
  expect(iso('20141205180002.123456789012')).toBe('2014-12-05T18:00:02.123Z');
  expect(iso('20240229000000')).toBe('2024-02-29T00:00:00.000Z');
});

test('every thousandth is kept', () => {
  for (let ms = 0; ms < 1000; ms++) {
    const fraction = String(ms).padStart(3, '0');
    expect(parseTimeVal(`20141205180002.${fraction}`)?.getUTCMilliseconds()).toBe(ms);
  }
});

test('a leap second is the next second, on a day that there is', () => {
  expect(iso('20161231235960')).toBe('2017-01-01T00:00:00.000Z');
  expect(iso('20160231235960')).toBeUndefined();
});

test('what no calendar has is no time', () => {
  for (const text of [
    '',
    '2014',
    '99999999999999',
    '20141305180002',
    '20140005180002',
    '20141200180002',
    '20141232180002',
    '20140229000000',
    '20140431000000',
    '20141205240000',
    '20141205186000',
    '20141205180061',
    '00000101000000',
    '20141205180002Z',
    '20141205180002.',
    '20141205180002,5',
    '-0141205180002',
    ' 20141205180002',
    '191141205180002',
    '20141205T180002',
    '２０１４１２０５１８０００２',
  ]) {
    expect(parseTimeVal(text), text).toBeUndefined();
  }
});

test('a year of the first century is not taken for one of the twentieth', () => {
  expect(parseTimeVal('00260101000000')?.getUTCFullYear()).not.toBe(1926);
});

test('a time is written in whole seconds and read back', () => {
  expect(formatTimeVal(new Date('2026-11-22T16:23:05.999Z'))).toBe('20261122162305');
  const time = fc.date({
    min: new Date('1000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(time, (time) => {
      const seconds = Math.floor(time.getTime() / 1000) * 1000;
      expect(parseTimeVal(formatTimeVal(time))?.getTime()).toBe(seconds);
    }),
    { numRuns: 1_000 },
  );
});

test('whatever text comes, it is a valid date or none', () => {
  fc.assert(
    fc.property(textOf('2014', '12', '05', '00', '60', '99', '.', '5'), (text) => {
      const time = parseTimeVal(text);
      expect(time === undefined || Number.isFinite(time.getTime())).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

describe('what MDTM answers', () => {
  test.each([
    ['20261122181234', '2026-11-22T18:12:34.000Z'],
    // ftp-srv 4.6.
    ['20261122181234.199', '2026-11-22T18:12:34.199Z'],
    ['19991231235959', '1999-12-31T23:59:59.000Z'],
    // "19" and the years since 1900.
    ['191261122181234', '2026-11-22T18:12:34.000Z'],
    ['191000229000000', '2000-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, time) => {
    expect(parseMdtmReply(text)?.toISOString()).toBe(time);
  });

  test.each(['', '19126', '191261322181234', '19226112218123', '2026-11-22 18:12:34'])(
    'no time is %j',
    (text) => {
      expect(parseMdtmReply(text)).toBeUndefined();
    },
  );
});

test('a size is a number that can be counted with', () => {
  expect(parseSize('0')).toBe(0);
  expect(parseSize('0340')).toBe(340);
  expect(parseSize('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
});

test('what is no such number is no size', () => {
  for (const text of [
    undefined,
    '',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    ' 1',
    'abc',
    'file: 213, Size =51',
    '9007199254740992',
    '18446744073709551615',
    '٣',
  ]) {
    expect(parseSize(text), text).toBeUndefined();
  }
});

test('a size of storage and a time of the last use are no facts of a file', () => {
  const exact: RemoteEntry = {
    name: 'a',
    type: 'file',
    size: 512,
    modified: new Date(0),
    precision: 'day',
  };
  expect(withoutEstimates(exact)).toBe(exact);
  for (const sizeOf of ['storage', 'rounded'] as const) {
    const estimated = { ...exact, size: undefined, estimate: 512 };
    expect(withoutEstimates({ ...exact, sizeOf })).toEqual(estimated);
  }
  const unknown = { ...exact, size: undefined };
  expect(withoutEstimates({ ...unknown, sizeOf: 'storage' })).toEqual(unknown);
  expect(withoutEstimates({ ...exact, timeOf: 'lastUse' })).toEqual({
    ...exact,
    modified: undefined,
    precision: 'none',
  });
});
