import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dispensableVerbs } from '../../../../src/ftp/options.ts';
import { Omissions, parseOmissions } from '../../../../src/ftp/profile/omissions.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const feat = { verb: 'FEAT' };

describe('a question that a server does not survive', () => {
  test.each(dispensableVerbs)('%s is not asked again for some minutes', (verb) => {
    const omissions = new Omissions();
    omissions.noteLoss({ verb }, 0);
    expect(omissions.omits({ verb }, 9 * minute)).toBe(true);
    expect(omissions.omits({ verb }, 10 * minute)).toBe(false);
  });

  test('is not asked for weeks the second time, and forgiven when it is answered', () => {
    const omissions = new Omissions();
    omissions.noteLoss(feat, 0);
    omissions.noteLoss(feat, 10 * minute);
    expect(omissions.omits(feat, 27 * day)).toBe(true);
    expect(omissions.omits(feat, 29 * day)).toBe(false);
    omissions.noteAnswer(feat);
    omissions.noteLoss(feat, 29 * day);
    expect(omissions.omits(feat, 29 * day)).toBe(false);
    omissions.noteLoss(feat, 29 * day);
    expect(omissions.omits(feat, 29 * day)).toBe(true);
    expect(omissions.omits(feat, 29 * day + 10 * minute)).toBe(false);
  });

  test('is learnt once by connections that were lost together', () => {
    const omissions = new Omissions();
    for (let connection = 0; connection < 4; connection++) omissions.noteLoss(feat, 0);
    expect(omissions.omits(feat, 10 * minute)).toBe(false);
  });

  test('is a matter of its argument where the server answers the same of others', () => {
    const omissions = new Omissions();
    omissions.noteAnswer({ verb: 'SIZE', argument: '/a' });
    omissions.noteLoss({ verb: 'SIZE', argument: '/dead' }, 0);
    expect(omissions.omits({ verb: 'SIZE', argument: '/dead' }, 1)).toBe(true);
    expect(omissions.omits({ verb: 'SIZE', argument: '/b' }, 1)).toBe(false);
  });

  test('is asked again when the login without it was lost as well, if it was lost but once', () => {
    const omissions = new Omissions();
    omissions.noteLoss(feat, 0);
    omissions.doubt();
    expect(omissions.omits(feat, 1)).toBe(false);
    omissions.noteLoss(feat, 1);
    omissions.noteLoss(feat, 20 * minute);
    omissions.doubt();
    expect(omissions.omits(feat, 20 * minute)).toBe(true);
  });
});

test.each(['USER', 'PASS', 'AUTH', 'PROT', 'TYPE', 'CWD', 'RETR', 'STOR', 'RNTO', 'DELE', 'QUIT'])(
  '%s is never left out',
  (verb) => {
    const omissions = new Omissions();
    omissions.noteLoss({ verb }, 0);
    omissions.noteLoss({ verb }, 0);
    expect(omissions.omits({ verb }, 0)).toBe(false);
    expect(parseOmissions([{ said: verb, times: 2, until: 1 }], 0)).toEqual([]);
  },
);

test('what is kept holds no account, and is bounded', () => {
  const omissions = new Omissions();
  omissions.noteAnswer({ verb: 'SIZE', argument: '/a' });
  for (let file = 0; file < 1_000; file++) {
    omissions.noteLoss({ verb: 'SIZE', argument: `/dead ${file}` }, 0);
  }
  omissions.noteAnswer({ verb: 'ACCT', argument: 'sesame' });
  for (const _ of [1, 2]) omissions.noteLoss({ verb: 'ACCT', argument: 'sesame' }, 0);
  const kept = omissions.remember();
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(JSON.stringify(kept)).toContain('ACCT ****');
  expect(JSON.stringify(kept)).not.toContain('sesame');
});

test('what was kept is known again, and whatever else a store holds is let go', () => {
  const omissions = new Omissions();
  omissions.noteLoss(feat, 0);
  omissions.noteLoss(feat, 10 * minute);
  const kept: unknown = JSON.parse(JSON.stringify(omissions.remember()));
  const known = new Omissions(parseOmissions(kept, day));
  expect(known.omits(feat, 20 * day)).toBe(true);
  expect(parseOmissions(kept, 90 * day)).toEqual([]);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(() => new Omissions(parseOmissions(value, 0)).omits(feat, 0)).not.toThrow();
    }),
  );
});
