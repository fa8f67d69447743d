import { expect, test } from 'vitest';
import { Admission, clientNetworkOf } from '../../../../src/server/control/admission.ts';
import { defaultLimits, type ServerLimits } from '../../../../src/server/limits.ts';
import { FakeClock } from '../../session/fakeClock.ts';

function admission(limits: Partial<ServerLimits> = {}): { door: Admission; clock: FakeClock } {
  const clock = new FakeClock();
  return { door: new Admission({ ...defaultLimits, ...limits }, clock), clock };
}

test('an address has its share and no more, and gets it back', () => {
  const { door } = admission({ connections: 5, connectionsPerAddress: 2 });
  const first = door.enter('192.0.2.1');
  expect(first).toBeDefined();
  expect(door.enter('192.0.2.1')).toBeDefined();
  expect(door.enter('192.0.2.1')).toBeUndefined();
  expect(door.enter('192.0.2.2')).toBeDefined();
  if (first) door.leave(first);
  expect(door.enter('192.0.2.1')).toBeDefined();
});

test('all together are bounded too', () => {
  const { door } = admission({ connections: 2 });
  const hosts = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  expect(hosts.map((host) => door.enter(host) !== undefined)).toEqual([true, true, false]);
});

test('the hosts of one IPv6 network are one address', () => {
  const same = ['2001:db8::1', '2001:db8:0:0:ffff::9', '2001:0db8:0000::', '2001:db8::%eth0'];
  expect(new Set(same.map(clientNetworkOf)).size).toBe(1);
  expect(clientNetworkOf('2001:db8:0:1::1')).not.toBe(clientNetworkOf('2001:db8::1'));
  expect(clientNetworkOf('::1')).toBe('0:0:0:0::');
  expect(clientNetworkOf('192.0.2.1')).toBe('192.0.2.1');
});

test('who has not logged in makes room after a while, the oldest first; who has, never', () => {
  const { door, clock } = admission({ connectionsPerAddress: 3 });
  const [known, silent, later] = [1, 2, 3].map(() => door.enter('192.0.2.1'));
  if (known) known.loggedIn = true;
  clock.advance(9_999);
  expect(door.enter('192.0.2.1')).toBeUndefined();
  clock.advance(1);
  expect(door.enter('192.0.2.1')).toBeDefined();
  expect([known, silent, later].map((guest) => guest?.dismissed.aborted)).toEqual([
    false,
    true,
    false,
  ]);
  expect(door.enter('192.0.2.1')).toBeDefined();
  expect(door.enter('192.0.2.1')).toBeUndefined();
  expect(known?.dismissed.aborted).toBe(false);
});

test('each refused login makes the next of its address wait twice as long, to a bound', () => {
  const { door, clock } = admission();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    waits.push(door.delayOf('192.0.2.1'));
    door.refused('192.0.2.1');
  }
  expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  expect(door.delayOf('192.0.2.2')).toBe(0);
  clock.advance(15 * 60_000 + 1);
  expect(door.delayOf('192.0.2.1')).toBe(0);
  door.refused('192.0.2.1');
  expect(door.delayOf('192.0.2.1')).toBe(500);
  door.accepted('192.0.2.1');
  expect(door.delayOf('192.0.2.1')).toBe(0);
});

test('addresses without end are not remembered without end', () => {
  const { door } = admission();
  for (let at = 0; at <= 10_000; at++) door.refused(`192.0.${at >> 8}.${at & 255}`);
  expect(door.delayOf('192.0.0.0')).toBe(0);
  expect(door.delayOf('192.0.0.1')).toBe(500);
});
