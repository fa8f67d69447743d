import { expect, test } from 'vitest';
import { memoryStorage } from '../../../src/base/storage.ts';
import { allRungs } from '../../../src/ftp/options.ts';
import { SiteProfiles } from '../../../src/workspace/siteProfiles.ts';
import { FakeClock } from '../session/fakeClock.ts';
import { someSite } from './someSite.ts';

const epsv = { mode: 'stream', dataPort: 'epsv' } as const;

test('all connections of a site share one profile, until the site means another server', () => {
  const profiles = new SiteProfiles(memoryStorage(), new FakeClock());
  const profile = profiles.of(someSite(), allRungs);
  expect(profiles.of(someSite({ name: 'New' }), allRungs)).toBe(profile);
  expect(profiles.of(someSite({ host: 'other.example.com' }), allRungs)).not.toBe(profile);
});

test('what was learnt of a server is known at the next start', () => {
  const storage = memoryStorage();
  const clock = new FakeClock();
  const profiles = new SiteProfiles(storage, clock);
  const profile = profiles.of(someSite(), allRungs);
  profiles.keep('shop');
  profile.ladder.prove(epsv);
  profiles.keep('shop');
  const next = new SiteProfiles(storage, clock);
  expect(next.of(someSite(), allRungs).ladder.current).toEqual(epsv);
  expect(next.of(someSite({ host: 'b' }), allRungs).ladder.current).toEqual(allRungs[0]);
});
