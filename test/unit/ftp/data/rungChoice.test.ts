import { expect, test } from 'vitest';
import { silentLogger } from '../../../../src/base/logger.ts';
import type { UserPI } from '../../../../src/ftp/control/userPI.ts';
import type { EngineParts } from '../../../../src/ftp/data/engineParts.ts';
import { RungChoice } from '../../../../src/ftp/data/rungChoice.ts';
import { defaultOptions } from '../../../../src/ftp/options.ts';
import { allRungs, chooseRungs, type Rung } from '../../../../src/ftp/rung.ts';
import { ServerProfile } from '../../../../src/ftp/profile/serverProfile.ts';
import { FakeClock } from '../../session/fakeClock.ts';

const local = { host: '192.0.2.7', port: 40_021, family: 4 } as const;
const remote = { host: '192.0.2.21', port: 21, family: 4 } as const;

/** A connection in the clear, or under TLS, that has opened no data connection. */
function standing(
  roundTrip: number,
  {
    rungs = allRungs,
    tls = false,
    proxied = false,
  }: { rungs?: readonly Rung[]; tls?: boolean; proxied?: boolean } = {},
) {
  const profile = new ServerProfile(rungs);
  const control = { remote, protection: tls ? { version: 'TLSv1.3' } : undefined, close: () => {} };
  const clock = new FakeClock();
  const ladder = profile.enter(local, remote);
  const parts = {
    pi: { control } as unknown as UserPI,
    profile,
    ladder,
    clock,
    logger: silentLogger,
    options: {
      ...defaultOptions,
      ...remote,
      ...(proxied && { proxy: { kind: 'http', host: '192.0.2.8', port: 3128 } }),
    },
    roundTrip,
  } as unknown as EngineParts;
  const used = { rung: undefined, opened: 0, resumed: 0, leftDefaultPort: false };
  const rungChoice = new RungChoice(parts, used);
  return { rungChoice, profile, ladder, clock };
}

const rung: Rung = { mode: 'block', dataPort: 'epsv' };

test.each([0, 20, 50, 200, 600, 2_000])(
  'a walk on which nothing answers is over in eight seconds at a round trip of %i ms',
  (roundTrip) => {
    for (const [tls, ways] of [
      [false, 5],
      [true, 3],
    ] as const) {
      const { rungChoice } = standing(roundTrip, { tls });
      const patience = rungChoice.patience(rung);
      expect(patience * ways).toBeLessThanOrEqual(8_000);
      // One lost SYN is not taken for a firewall.
      expect(patience).toBeGreaterThanOrEqual(1_500);
    }
  },
);

test('the patience grows with the way to the server, up to what the settings allow', () => {
  const one = chooseRungs('stream', 'epsv');
  const patiences = [0, 100, 400, 5_000].map((ms) =>
    standing(ms, { rungs: one }).rungChoice.patience({ mode: 'stream', dataPort: 'epsv' }),
  );
  expect(patiences).toEqual([1_500, 1_700, 2_300, 3_000]);
});

test('a way that has carried a transfer is given the time of the settings, whatever the mode', () => {
  const { rungChoice, ladder, clock } = standing(0);
  expect(rungChoice.isTrusted(rung)).toBe(false);
  ladder.leave(
    { mode: 'block', dataPort: 'default' },
    { ports: ['default'], why: '', since: 0, now: 0 },
  );
  ladder.prove(rung, clock.now());
  expect(rungChoice.isTrusted({ mode: 'stream', dataPort: 'epsv' })).toBe(true);
  expect(rungChoice.patience(rung)).toBe(defaultOptions.timeouts.dataConnection);
});

test('an upload to a server that may not frame goes as a stream, and is no reason to stay there', () => {
  const { rungChoice, profile } = standing(0);
  const careful = rungChoice.rungFor({ verb: 'STOR', argument: '/a' });
  expect(careful).toEqual({ mode: 'stream', dataPort: 'epsv' });
  rungChoice.prove(careful);
  expect(rungChoice.rungFor({ verb: 'RETR' })).toEqual({ mode: 'block', dataPort: 'default' });
  // Where the default data port is known to work, it serves both modes.
  rungChoice.prove({ mode: 'block', dataPort: 'default' });
  rungChoice.prove(rungChoice.rungFor({ verb: 'RETR' }));
  expect(rungChoice.rungFor({ verb: 'STOR' })).toEqual({ mode: 'stream', dataPort: 'default' });
  profile.framing.proved();
  expect(rungChoice.rungFor({ verb: 'STOR' })).toEqual({ mode: 'block', dataPort: 'default' });
});

test('through a proxy nobody can dial us', () => {
  const { ladder } = standing(0, { proxied: true });
  expect(ladder.ports).toEqual(['epsv', 'pasv']);
});
