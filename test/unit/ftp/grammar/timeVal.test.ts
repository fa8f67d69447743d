import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTimeVal, parseMdtmReply, parseTimeVal } from '../../../../src/ftp/grammar/facts.ts';
import { textOf } from './arbitraries.ts';

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
