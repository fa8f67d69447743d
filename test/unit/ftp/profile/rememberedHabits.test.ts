import { describe, expect, test } from 'vitest';
import { parseFeatures } from '../../../../src/ftp/grammar/features.ts';
import { ConnectionLimit } from '../../../../src/ftp/profile/connectionLimit.ts';
import {
  parseRememberedProfile,
  type RememberedProfile,
} from '../../../../src/ftp/profile/rememberedProfile.ts';
import { ServerProfile } from '../../../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../../../src/ftp/rung.ts';

const now = Date.UTC(2026, 10, 28);
const day = 24 * 60 * 60 * 1000;
const here = { host: '192.0.2.7', port: 40_021, family: 4 } as const;
const server = { host: '192.0.2.21', port: 21, family: 4 } as const;

const offering = (...names: string[]) =>
  parseFeatures(['211-Features:', ...names.map((name) => ` ${name}`), '211 End']);
const features = offering('SIZE', 'MDTM', 'REST STREAM');

function learnt(at = now): RememberedProfile {
  const profile = new ServerProfile(allRungs);
  profile.enter(here, server).prove({ mode: 'stream', dataPort: 'epsv' }, at);
  profile.meet(features);
  profile.answers.sizedFolder(true);
  profile.renames.refusesRenameOver();
  profile.renames.takesTemporaryNames();
  profile.times.sets('SITE UTIME');
  profile.pathnames.takesNames();
  profile.framing.listingCame('LIST', 'stream');
  profile.framing.storedShort();
  profile.ways.listedAll('no');
  profile.limit.refusedBeyond(2, at);
  const remembered = profile.remember(at);
  if (!remembered) throw new Error('Nothing was kept');
  return remembered;
}

function recalled(value: unknown, at = now): ServerProfile {
  const profile = new ServerProfile(allRungs, parseRememberedProfile(value, at));
  profile.meet(features);
  return profile;
}

test('what costs questions to find out comes back, and is kept on', () => {
  const kept = learnt();
  const stored: unknown = JSON.parse(JSON.stringify(kept));
  expect(parseRememberedProfile(stored, now)).toEqual(kept);
  const profile = recalled(stored, now + day);
  expect(profile.answers.sizesFolders).toBe(true);
  expect(profile.renames.temporaryNames).toBe('remembered');
  expect(profile.times.used).toBe('SITE UTIME');
  expect(profile.framing.listing('LIST')).toBe('stream');
  expect(profile.framing.takesStores).toBe(false);
  expect(profile.limit.of(5, now)).toBe(2);
  expect(profile.remember(now + day)?.habits).toEqual(kept.habits);
});

test('what stands in the place of a check, or is the less safe way, is found out anew', () => {
  const profile = recalled(learnt());
  expect(profile.renames.over).toBe('untried');
  expect(profile.pathnames.argument).toBe('unknown');
  expect(profile.ways.listsAll).toBe('unknown');
  const none = new ServerProfile(allRungs);
  none.meet(features);
  none.answers.sizedFolder(false);
  none.times.allUnknown();
  none.renames.takesNoTemporaryNames();
  expect([none.answers.remember(), none.times.remember(), none.renames.remember()]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('that nothing can be renamed is tried again by each session', () => {
  const profile = recalled(learnt());
  profile.renames.takesNoTemporaryNames();
  profile.renames.sessionBegins();
  expect(profile.renames.temporaryNames).toBe('untried');
});

test('a server that offers nothing is like all others that do: nothing is kept of it', () => {
  const profile = new ServerProfile(allRungs);
  profile.enter(here, server).prove({ mode: 'stream', dataPort: 'epsv' }, now);
  profile.meet(parseFeatures(['500 What?']));
  profile.renames.takesTemporaryNames();
  expect(profile.remember(now)?.habits).toBeUndefined();
});

test('when the first of it was learnt does not move on', () => {
  const profile = new ServerProfile(allRungs);
  profile.enter(here, server).prove({ mode: 'stream', dataPort: 'epsv' }, now);
  profile.meet(features);
  profile.renames.takesTemporaryNames();
  expect(profile.remember(now)?.habits?.since).toBe(now);
  expect(profile.remember(now + day)?.habits?.since).toBe(now);
});

test('a server with other features is another one', () => {
  const profile = new ServerProfile(allRungs, learnt());
  profile.meet(offering('SIZE', 'MDTM', 'MLST type*;size*;'));
  expect(profile.renames.temporaryNames).toBe('untried');
  expect(profile.answers.sizesFolders).toBeUndefined();
  expect(profile.remember(now)?.habits).toBeUndefined();
});

test('before the server is met nothing is believed, and nothing lost', () => {
  const kept = learnt();
  const profile = new ServerProfile(allRungs, kept);
  expect(profile.renames.temporaryNames).toBe('untried');
  expect(profile.remember(now)?.habits).toEqual(kept.habits);
});

test('what is older than 90 days is asked anew, however often it was used', () => {
  const kept = learnt();
  expect(parseRememberedProfile(kept, now + 89 * day)?.habits).toBeDefined();
  const [network] = kept.networks;
  const used = { ...kept, networks: [{ ...network, at: now + 90 * day }] };
  expect(parseRememberedProfile(used, now + 91 * day)).toMatchObject({ networks: [{}] });
  expect(parseRememberedProfile(used, now + 91 * day)?.habits).toBeUndefined();
});

describe('a store that anybody may have written to', () => {
  const hostile: readonly unknown[] = [
    'text',
    null,
    7,
    [],
    { features: 7, since: now },
    { features: 'SIZE', since: now + 1 },
    { features: 'SIZE', since: Number.NaN },
    { features: 'x'.repeat(5_000), since: now },
  ];
  test.each(hostile)('gives no habits by %j', (habits) => {
    expect(parseRememberedProfile({ ...learnt(), habits }, now)?.habits).toBeUndefined();
  });

  test('gives none of the wrong words', () => {
    const { habits, ...others } = learnt();
    const wrong = {
      features: habits?.features,
      since: now,
      answers: { sizesFolders: 'no' },
      framing: { MLSD: 'unknown', LIST: 7, stores: 'whole', closesToConfirm: 'yes' },
      renames: { temporaryNames: 'useless' },
      stat: 'proved',
      times: 'SITE EXEC',
    };
    const read = parseRememberedProfile({ ...others, limit: 1e9, habits: wrong }, now);
    expect(read?.limit).toBeUndefined();
    expect(read?.habits).toEqual({ features: habits?.features, since: now });
  });
});

describe('what has become wrong', () => {
  test('that temporary names are taken is doubted at the first refusal, if nothing else was seen yet', () => {
    const profile = recalled(learnt());
    profile.renames.temporaryNameRefused();
    expect(profile.renames.temporaryNames).toBe('untried');
    profile.renames.takesTemporaryNames();
    profile.renames.temporaryNameRefused();
    expect(profile.renames.temporaryNames).toBe('taken');
  });

  test('a time command that is not known any more gives way to all others', () => {
    const profile = recalled(learnt());
    profile.times.allUnknown();
    expect(profile.times.used).toBe('unknown');
    profile.times.allUnknown();
    expect(profile.times.used).toBe('none');
  });

  test('replies that were out of step have taught nothing', () => {
    const profile = recalled(learnt());
    profile.answers.outOfStep();
    expect(profile.answers.sizesFolders).toBeUndefined();
  });

  test('a limit is doubted after a while, and forgotten when more connections are had', () => {
    const limit = new ConnectionLimit(2);
    expect(limit.of(5, now)).toBe(2);
    expect(limit.of(5, now + 20_000)).toBe(2);
    expect(limit.of(5, now + 40_000)).toBe(3);
    expect(limit.remember()).toBe(2);
    limit.allowed(3);
    expect(limit.remember()).toBeUndefined();
  });
});

test('what stands in the place of a check is never kept', () => {
  const profile = new ServerProfile(allRungs);
  profile.enter(here, server).prove({ mode: 'block', dataPort: 'default' }, now);
  profile.meet(features);
  profile.framing.storedWhole('with255');
  profile.framing.endMarked();
  profile.ways.leavesLineOpen();
  profile.ways.leftMarkOut();
  profile.ways.showedItself('LIST');
  profile.pathnames.takesPaths();
  profile.pathnames.sendsIac('once');
  profile.renames.takesNoTemporaryNames();
  profile.answers.cutShort('leftOut');
  profile.greeted('soon');
  expect(profile.remember(now)?.habits).toBeUndefined();
});
