import { describe, expect, test } from 'vitest';
import type { DoctorOptions } from '../../../../src/doctor/doctorOptions.ts';
import type { CauseId, DoctorReport, FixChanges } from '../../../../src/doctor/report/report.ts';
import { Passwords } from '../../../../src/workspace/sites/passwords.ts';
import type { Site } from '../../../../src/workspace/sites/site.ts';
import { SiteDoctor } from '../../../../src/workspace/sites/siteDoctor.ts';
import { FakeSecrets } from '../fakeSecrets.ts';
import { ScriptedUser } from '../scriptedUser.ts';
import { someSite } from '../someSite.ts';

const { signal } = new AbortController();

function reportOf(cause: CauseId): DoctorReport {
  return {
    cause,
    certainty: 'certain',
    usable: cause === 'none',
    explanation: '',
    advice: '',
    security: 'explicit',
    stages: [],
    network: {
      host: 'ftp.example.com',
      port: 21,
      control: cause === 'login-refused' ? 'reached' : 'loggedIn',
      trials: [],
    },
  };
}

/** A doctor with one site, whose diagnosis is always the same. */
function practice(site: Site, cause: CauseId = 'none') {
  const user = new ScriptedUser();
  const secrets = new FakeSecrets();
  const examined: { options: DoctorOptions; password: string | undefined }[] = [];
  const trusted: string[] = [];
  const edited: object[] = [];
  const allowed: string[] = [];
  const retried: string[] = [];
  const doctor = new SiteDoctor({
    sources: {
      site: () => site,
      trust: async (_, fingerprint) => void trusted.push(fingerprint),
      readPem: async () => '',
    },
    passwords: new Passwords(secrets, user),
    login: { allowQuestions: (id) => void allowed.push(id) },
    store: { edit: async (_, values) => void edited.push(values) },
    profiles: { sayAll: (id) => void retried.push(id) },
    diagnose: async (_, options, { password }) => {
      examined.push({ options, password });
      return reportOf(cause);
    },
  });
  const examine = (writes = false) =>
    doctor.examine(site.id, { writes, signal, onStage: () => {} });
  return { doctor, examine, user, secrets, examined, trusted, edited, allowed, retried };
}

const anna = someSite({ username: 'anna', root: undefined });

describe('a site is examined', () => {
  test('and what its server did not survive is said to it again', async () => {
    const { examine, user, retried } = practice(anna);
    user.passwords = [{ password: 'secret', keep: 'session' }];
    await examine();
    expect(retried).toEqual([anna.id]);
  });

  test('as it is set, by the user whom it names', async () => {
    const { examine, user, examined } = practice({ ...anna, maxConnections: 2, port: 2121 });
    user.passwords = [{ password: 'secret', keep: 'session' }];
    await examine();
    expect(examined).toMatchObject([
      { password: 'secret', options: { connections: 2, connect: { port: 2121 }, writes: false } },
    ]);
  });

  test('with a password that is kept once it has let us in, and asked again after a refusal', async () => {
    const well = practice(anna);
    well.user.passwords = [{ password: 'right', keep: 'saved' }];
    await well.examine();
    expect([...well.secrets.values.values()].join()).toContain('right');

    const refused = practice(anna, 'login-refused');
    refused.user.passwords = [
      { password: 'wrong', keep: 'saved' },
      { password: 'other', keep: 'saved' },
    ];
    await refused.examine();
    await refused.examine();
    expect(refused.user.asked).toEqual(['password of shop: missing', 'password of shop: refused']);
    expect(refused.secrets.values.size).toBe(0);
  });

  test('and what let us in is kept, the proxy’s password too, whatever else is wrong', async () => {
    const site = { ...anna, proxy: 'socks5://berta@proxy' };
    const { examine, user, secrets } = practice(site, 'data-ports-filtered-somewhere');
    user.passwords = [{ password: 'right', keep: 'saved' }];
    user.proxyPasswords = [{ password: 'further', keep: 'saved' }];
    await examine();
    expect([...secrets.values.keys()].toSorted()).toEqual(['password:shop', 'proxyPassword:shop']);
  });

  test('and the report is shown though nothing can be kept', async () => {
    const { examine, user, secrets } = practice(anna);
    secrets.store = () => Promise.reject(new Error('The keyring is locked'));
    user.passwords = [{ password: 'right', keep: 'saved' }];
    expect(await examine()).toMatchObject({ cause: 'none' });
  });

  test('without writing to one that is read-only', async () => {
    const { examine, examined } = practice(someSite({ readOnly: true }));
    await examine(true);
    expect(examined[0]?.options.writes).toBe(false);
  });
});

describe('what heals a site', () => {
  test.each<[FixChanges, readonly string[], readonly object[]]>([
    [{ security: 'implicit', port: 990 }, [], [{ security: 'implicit', port: 990 }]],
    [{ fingerprint: 'ab' }, ['ab'], []],
  ])('%j is written to its settings, and it may connect again', async (changes, trust, edits) => {
    const { doctor, trusted, edited, allowed } = practice(someSite());
    await doctor.apply('shop', changes);
    expect({ trusted, edited, allowed }).toEqual({
      trusted: trust,
      edited: edits,
      allowed: ['shop'],
    });
  });
});
