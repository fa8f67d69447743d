import { expect, test } from 'vitest';
import { memoryStorage } from '../../../../src/base/storage.ts';
import { allRungs } from '../../../../src/ftp/rung.ts';
import { SiteProfiles } from '../../../../src/workspace/sites/siteProfiles.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { someSite } from '../someSite.ts';

const here = { host: '192.0.2.7', port: 40_021, family: 4 } as const;
const server = { host: '192.0.2.21', port: 21, family: 4 } as const;
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
  profile.enter(here, server).prove(epsv, clock.now());
  profiles.keep('shop');
  const next = new SiteProfiles(storage, clock);
  expect(next.of(someSite(), allRungs).enter(here, server).current).toEqual(epsv);
  const elsewhere = { ...here, host: '198.51.100.7' };
  expect(next.of(someSite(), allRungs).enter(elsewhere, server).current).toEqual(allRungs[0]);
  const other = next.of(someSite({ host: 'b' }), allRungs);
  expect(other.enter(here, server).current).toEqual(allRungs[0]);
});
