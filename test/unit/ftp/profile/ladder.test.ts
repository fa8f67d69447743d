import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tryAbovePause, Ladder } from '../../../../src/ftp/profile/ladder.ts';
import { allRungs, type DataPortName, type Rung } from '../../../../src/ftp/rung.ts';
import {
  parseRememberedProfile,
  type RememberedProfile,
} from '../../../../src/ftp/profile/rememberedProfile.ts';
import { networkOf, ServerProfile } from '../../../../src/ftp/profile/serverProfile.ts';

const now = Date.UTC(2026, 10, 22);
const hour = 3_600_000;
const server = { host: '192.0.2.21', port: 21, family: 4 } as const;
const at = (host: string) => ({ host, port: 40_021, family: host.includes(':') ? 6 : 4 }) as const;

const rungOf = (name: string): Rung => {
  const found = allRungs.find(({ mode, dataPort }) => `${mode} ${dataPort}` === name);
  if (!found) throw new Error(`No rung is called ${name}`);
  return found;
};
const nameOf = (rung: Rung | undefined): string | undefined =>
  rung && `${rung.mode} ${rung.dataPort}`;

function fail(ladder: Ladder, rung: Rung, ports: readonly DataPortName[] = [rung.dataPort]) {
  return ladder.leave(rung, { ports, why: 'it failed', since: now, now });
}

describe('a walk', () => {
  test('goes down from the best, and tries no way twice, whatever the mode', () => {
    const ladder = new Ladder(allRungs);
    const walk: string[] = [];
    for (let rung = ladder.current; rung; rung = ladder.current) {
      walk.push(nameOf(rung) ?? '');
      fail(ladder, rung);
    }
    expect(walk).toEqual([
      'block default',
      'block epsv',
      'block pasv',
      'stream eprt',
      'stream port',
    ]);
    expect(ladder.exhausted).toBe(true);
    expect(ladder.lastFailure).toBe('it failed');
  });

  test('begins where it ended last, and tries what stands above at its end', () => {
    const ladder = new Ladder(allRungs, {
      rung: rungOf('stream epsv'),
      climbAt: now + hour,
      pause: tryAbovePause.first,
    });
    const walk: (string | undefined)[] = [];
    for (let rung = ladder.current; rung; rung = ladder.current) {
      walk.push(nameOf(rung));
      fail(ladder, rung);
    }
    expect(walk).toEqual([
      'stream epsv',
      'stream pasv',
      'stream eprt',
      'stream port',
      'stream default',
    ]);
  });

  test('that ended nowhere is not walked again before it has rested, and ever longer', () => {
    const ladder = new Ladder([rungOf('stream epsv')]);
    let time = now;
    const rests: number[] = [];
    for (let round = 0; round < 9; round++) {
      ladder.leave(rungOf('stream epsv'), { ports: ['epsv'], why: '', since: time, now: time });
      const start = time;
      for (; ladder.exhausted; time += 1_000) ladder.retryAll(time);
      rests.push((time - start) / 1_000 - 1);
    }
    expect(rests).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
    ladder.prove(rungOf('stream epsv'), time);
    ladder.leave(rungOf('stream epsv'), { ports: ['epsv'], why: '', since: time, now: time });
    ladder.leave(rungOf('stream epsv'), { ports: ['epsv'], why: '', since: time, now: time });
    ladder.retryAll(time + 10_000);
    expect(ladder.exhausted).toBe(false);
  });

  test('leaves a rung that worked only when it fails twice, one after the other', () => {
    const ladder = new Ladder(allRungs);
    const rung = rungOf('block epsv');
    ladder.prove(rung, now);
    const attempt = (since: number, time: number) =>
      ladder.leave(rung, { ports: ['epsv'], why: '', since, now: time });
    expect(attempt(now, now + 10)).toBe('doubted');
    expect(ladder.proved).toBeUndefined();
    // Two that were under way when the network failed are one failure.
    expect(attempt(now, now + 12)).toBe('doubted');
    expect(nameOf(ladder.current)).toBe('block epsv');
    expect(attempt(now + 10, now + 20)).toBe('left');
    expect(nameOf(ladder.current)).toBe('block pasv');
  });

  test('a rung that is proved again has its second chance again', () => {
    const ladder = new Ladder(allRungs);
    const rung = rungOf('block default');
    for (let round = 0; round < 3; round++) {
      ladder.prove(rung, now);
      expect(fail(ladder, rung)).toBe('doubted');
    }
  });

  test('without block mode keeps its data ports', () => {
    const ladder = new Ladder(allRungs);
    expect(ladder.leaveBlockMode({ why: '504', now })).toBe('left');
    expect(nameOf(ladder.current)).toBe('stream epsv');
  });

  test('ignores what the network cannot have', () => {
    const ladder = new Ladder(allRungs);
    ladder.exclude(['default', 'pasv', 'port']);
    expect(ladder.ports).toEqual(['epsv', 'eprt']);
    fail(ladder, rungOf('block epsv'));
    expect(nameOf(ladder.current)).toBe('stream eprt');
    expect(fail(ladder, rungOf('stream eprt'))).toBe('exhausted');
  });

  test('a lesser rung that worked too does not replace the best one', () => {
    const ladder = new Ladder(allRungs);
    ladder.prove(rungOf('block default'), now);
    ladder.prove(rungOf('stream default'), now);
    expect(nameOf(ladder.current)).toBe('block default');
  });

  test('never hangs on a rung that failed, whatever happens in whatever order', () => {
    const events = fc.array(
      fc.record({
        what: fc.constantFrom('prove', 'fail', 'leaveBlockMode', 'retryAll', 'rungsAbove'),
        rung: fc.constantFrom(...allRungs),
        time: fc.integer({ min: 0, max: 10_000_000 }),
      }),
    );
    fc.assert(
      fc.property(events, (steps) => {
        const ladder = new Ladder(allRungs);
        let time = now;
        for (const { what, rung, time: passed } of steps) {
          time += passed;
          if (what === 'prove') ladder.prove(rung, time);
          if (what === 'leaveBlockMode') ladder.leaveBlockMode({ why: '', now: time });
          if (what === 'retryAll') ladder.retryAll(time);
          if (what === 'rungsAbove') expect(ladder.rungsAbove(time)).not.toContain(ladder.current);
          if (what === 'fail') {
            const first = ladder.leave(rung, {
              ports: [rung.dataPort],
              why: '',
              since: time,
              now: time,
            });
            if (first !== 'doubted') expect(ladder.current?.dataPort).not.toBe(rung.dataPort);
            expect(ladder.exhausted).toBe(ladder.current === undefined);
          }
        }
        for (let left = 0; ladder.current; left++) {
          expect(left).toBeLessThan(allRungs.length + 1);
          const { current } = ladder;
          time += 1;
          ladder.leave(current, { ports: [current.dataPort], why: '', since: time, now: time });
        }
      }),
    );
  });
});

describe('a try of the rungs above', () => {
  test('is tried once when its time has come, and later each time that it fails', () => {
    const ladder = new Ladder(allRungs);
    ladder.prove(rungOf('stream eprt'), now);
    expect(ladder.rungsAbove(now + tryAbovePause.first - 1)).toEqual([]);
    let time = now + tryAbovePause.first;
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      expect(ladder.rungsAbove(time).map(nameOf)).toEqual([
        'block default',
        'block epsv',
        'block pasv',
        'stream epsv',
        'stream pasv',
      ]);
      // The others connect beside it: they stay where they are.
      expect(ladder.rungsAbove(time)).toEqual([]);
      expect(nameOf(ladder.current)).toBe('stream eprt');
      const climbAt = ladder.remember()?.climbAt ?? 0;
      pauses.push((climbAt - time) / hour);
      time = climbAt;
    }
    expect(pauses).toEqual([8, 16, 32, 64, 128, 256, 336, 336]);
  });

  test('that arrives is where walks begin from then on', () => {
    const ladder = new Ladder(allRungs);
    ladder.prove(rungOf('stream eprt'), now);
    ladder.prove(rungOf('block default'), now + hour);
    expect(nameOf(ladder.current)).toBe('block default');
    expect(ladder.rungsAbove(now + 100 * hour)).toEqual([]);
  });
});

describe('what is remembered', () => {
  const kept: RememberedProfile = {
    framing: 'proved',
    networks: [
      {
        network: '192.0.2.7 192.0.2.21',
        rung: rungOf('block epsv'),
        climbAt: now + hour,
        pause: tryAbovePause.first,
        at: now - 1000,
      },
    ],
  };

  test('holds for the network that it was learnt on', () => {
    const profile = new ServerProfile(allRungs, kept);
    expect(nameOf(profile.enter(at('192.0.2.7'), server).current)).toBe('block epsv');
    expect(nameOf(profile.enter(at('198.51.100.9'), server).current)).toBe('block default');
    expect(nameOf(profile.ladder.current)).toBe('block default');
    expect(nameOf(profile.enter(at('192.0.2.7'), server).current)).toBe('block epsv');
    expect(profile.framing.state).toBe('proved');
  });

  test('counts an IPv6 network by its half of the address', () => {
    const far = { host: '2001:db8:9::21', port: 21, family: 6 } as const;
    expect(networkOf(at('2001:db8:1:2:aaaa::1'), far)).toBe(
      networkOf(at('2001:DB8:1:2:bbbb:cccc:dddd:eeee'), far),
    );
    expect(networkOf(at('2001:db8::1'), far)).not.toBe(networkOf(at('2001:db8:1::1'), far));
    expect(networkOf(at('::1'), far)).toBe('0:0:0:0::/64 2001:db8:9::21');
  });

  test('comes back as it was kept, the newest networks and no more of them', () => {
    const profile = new ServerProfile(allRungs, kept);
    for (let host = 1; host <= 12; host++) {
      profile.enter(at(`10.0.0.${host}`), server).prove(rungOf('stream epsv'), now);
    }
    const remembered = profile.remember(now);
    expect(remembered?.networks).toHaveLength(8);
    expect(remembered?.networks[0]?.network).toBe('10.0.0.12 192.0.2.21');
    expect(parseRememberedProfile(JSON.parse(JSON.stringify(remembered)), now)).toEqual(remembered);
  });

  test('is believed only when it is whole and young', () => {
    expect(parseRememberedProfile(kept, now)).toEqual(kept);
    const [entry] = kept.networks;
    for (const wrong of [
      { at: now + 1 },
      { at: now - 91 * 24 * hour },
      { at: Number.NaN },
      { climbAt: now + 400 * 24 * hour },
      { climbAt: '1' },
      { pause: 0 },
      { pause: Infinity },
      { rung: { mode: 'x', dataPort: 'epsv' } },
      { network: 'x'.repeat(201) },
      { network: 7 },
    ]) {
      const networks = [{ ...entry, ...wrong }];
      expect(parseRememberedProfile({ ...kept, networks }, now), JSON.stringify(wrong)).toBe(
        undefined,
      );
    }
    for (const other of [undefined, null, 7, 'x', [], {}, { networks: {} }, { networks: [] }]) {
      expect(parseRememberedProfile(other, now)).toBeUndefined();
    }
  });

  test('never throws, whatever stands in the store', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parseRememberedProfile(value, now);
        parseRememberedProfile({ networks: [value] }, now);
      }),
    );
  });
});

describe('silence while a folder was to be listed', () => {
  const way = { ports: ['default'], why: 'silent', since: 0, now: 0 } as const;
  const silent = (): Ladder => {
    const ladder = new Ladder(allRungs);
    ladder.leave({ mode: 'block', dataPort: 'default' }, way);
    ladder.noteSilence('/large');
    return ladder;
  };
  const epsv: Rung = { mode: 'block', dataPort: 'epsv' };

  test('is no reason to leave a port for long, where the same folder takes as long elsewhere', () => {
    const ladder = silent();
    ladder.explain('/large', true);
    ladder.prove(epsv, 100);
    expect(ladder.rungsAbove(100).map(({ dataPort }) => dataPort)).toEqual(['default']);
    // Only once: then it may be a closed port all the same.
    expect(ladder.rungsAbove(101)).toEqual([]);
  });

  test.each([
    ['/large', false],
    ['/other', true],
  ])('is one, where %s is listed (slowly: %s)', (folder, isSlow) => {
    const ladder = silent();
    ladder.explain(folder, isSlow);
    ladder.prove(epsv, 100);
    expect(ladder.rungsAbove(100)).toEqual([]);
  });
});
