import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aheadAt,
  parseSightings,
  seasonOf,
  ServerZone,
  sightingOf,
} from '../../../../src/ftp/profile/serverZone.ts';

const minute = 60_000;
const at = (text: string): number => Date.parse(text);

describe('one file tells the zone', () => {
  test.each([
    ['2026-11-20T12:34:00Z', '2026-11-20T12:34:56Z', 0],
    ['2026-11-20T07:34:00Z', '2026-11-20T12:34:56Z', -300],
    ['2026-11-20T18:19:00Z', '2026-11-20T12:34:56Z', 345],
    ['2026-11-21T02:34:00Z', '2026-11-20T12:34:56Z', 840],
    // Rounded, not cut.
    ['2026-11-20T12:35:00Z', '2026-11-20T12:34:56Z', 0],
  ])('%s for %s', (listed, exact, ahead) => {
    expect(sightingOf(at(listed), at(exact))).toEqual({ at: at(exact), ahead });
  });

  test.each([
    ['no zone is off by seven minutes', '2026-11-20T12:41:00Z', '2026-11-20T12:34:56Z'],
    ['none is further away than fourteen hours', '2026-11-21T02:49:00Z', '2026-11-20T12:34:56Z'],
  ])('but not where it cannot be: %s', (_why, listed, exact) => {
    expect(sightingOf(at(listed), at(exact))).toBeUndefined();
  });

  test('whatever it is, and however its minute is cut', () => {
    const quarters = fc.integer({ min: -56, max: 56 });
    const times = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(quarters, times, (quarter, exact) => {
        const ahead = quarter * 15;
        const listed = Math.floor((exact + ahead * minute) / minute) * minute;
        expect(sightingOf(listed, exact)).toEqual({ at: exact, ahead: ahead + 0 });
      }),
    );
  });
});

describe('the zone of a server', () => {
  const winter = at('2026-11-20T12:00:00Z');
  const summer = at('2026-07-10T12:00:00Z');

  test('is not known before anything was seen', () => {
    const zone = new ServerZone();
    expect(zone.zone).toBeUndefined();
    expect(zone.isWanted(winter)).toBe(true);
  });

  test('is the same all the year until another offset is seen', () => {
    const zone = new ServerZone();
    expect(zone.see({ at: winter, ahead: -300 })).toBe('learnt');
    expect(zone.zone).toBe(-300);
    expect(zone.isWanted(winter)).toBe(false);
    expect(zone.isWanted(summer)).toBe(true);
    expect(zone.see({ at: summer, ahead: -300 })).toBe('known');
    expect(zone.zone).toBe(-300);
  });

  test('has summer time where two offsets say so, and changes when the clocks do', () => {
    const zone = new ServerZone();
    zone.see({ at: winter, ahead: 60 });
    expect(zone.see({ at: summer, ahead: 120 })).toBe('learnt');
    const known = zone.zone ?? 0;
    expect(aheadAt(known, at('2026-03-29T00:59:00Z'))).toBe(60);
    expect(aheadAt(known, at('2026-03-29T01:01:00Z'))).toBe(120);
    expect(aheadAt(known, at('2026-10-25T00:59:00Z'))).toBe(120);
    expect(aheadAt(known, at('2026-10-25T01:01:00Z'))).toBe(60);
  });

  test('knows the southern half of the Earth', () => {
    const zone = new ServerZone();
    zone.see({ at: winter, ahead: 660 });
    zone.see({ at: summer, ahead: 600 });
    expect(aheadAt(zone.zone ?? 0, at('2026-01-15T00:00:00Z'))).toBe(660);
  });

  test('of two rules that agree so far, the one is taken that agrees with what is seen next', () => {
    const zone = new ServerZone();
    zone.see({ at: at('2026-01-15T00:00:00Z'), ahead: 120 });
    zone.see({ at: summer, ahead: 180 });
    // Helsinki has summer time until the 25th of October, Jerusalem as well, Cairo until the 29th.
    expect(zone.see({ at: at('2026-10-27T00:00:00Z'), ahead: 180 })).toBe('learnt');
    expect(aheadAt(zone.zone ?? 0, at('2026-10-27T12:00:00Z'))).toBe(180);
    expect(aheadAt(zone.zone ?? 0, at('2026-12-01T00:00:00Z'))).toBe(120);
  });

  test('is what was seen last where nothing goes together', () => {
    const zone = new ServerZone();
    zone.see({ at: winter, ahead: 60 });
    expect(zone.see({ at: winter + minute, ahead: -480 })).toBe('changed');
    expect(zone.zone).toBe(-480);
    expect(zone.sightings).toHaveLength(1);
  });

  test('asks only so often where nothing is answered', () => {
    const zone = new ServerZone();
    let questions = 0;
    while (zone.isWanted(winter)) {
      zone.noteQuestion();
      questions += 1;
      expect(questions).toBeLessThan(100);
    }
    expect(questions).toBeGreaterThan(0);
  });

  test('is remembered with all that it was learnt from', () => {
    const zone = new ServerZone();
    zone.see({ at: summer, ahead: -240 });
    for (let day = 0; day < 30; day++) zone.see({ at: winter + day * minute, ahead: -300 });
    const remembered = parseSightings(JSON.parse(JSON.stringify(zone.sightings)));
    const next = new ServerZone(remembered);
    expect(aheadAt(next.zone ?? 0, summer)).toBe(-240);
    expect(aheadAt(next.zone ?? 0, winter)).toBe(-300);
    // It may have moved meanwhile.
    expect(next.isWanted(winter)).toBe(true);
  });

  test('what nobody can have remembered is left out', () => {
    const good = { at: winter, ahead: 60 };
    const bad = [
      null,
      1,
      {},
      { at: '1', ahead: 0 },
      { at: winter, ahead: 7 },
      { at: 1e99, ahead: 0 },
    ];
    expect(parseSightings([...bad, good])).toEqual([good]);
    expect(parseSightings('x')).toEqual([]);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parseSightings(value)).toBeInstanceOf(Array);
      }),
    );
  });
});

test('each day has a season', () => {
  expect(seasonOf(at('2026-03-07T23:00:00Z'))).toBe('winter');
  expect(seasonOf(at('2026-03-08T00:00:00Z'))).toBe('spring');
  expect(seasonOf(at('2026-04-10T00:00:00Z'))).toBe('summer');
  expect(seasonOf(at('2026-09-01T00:00:00Z'))).toBe('autumn');
  expect(seasonOf(at('2026-11-08T00:00:00Z'))).toBe('winter');
});
