import { describe, expect, test } from 'vitest';
import { toRemotePath } from '../../../../src/base/paths.ts';
import type { RemoteEntry } from '../../../../src/session/remoteFileSystem.ts';
import { ChangePoll } from '../../../../src/workspace/files/changePoll.ts';
import type { Place } from '../../../../src/workspace/place.ts';
import { FakeClock } from '../../session/fakeClock.ts';

const place = (path: string): Place => ({ siteId: 'shop', path: toRemotePath(path) });
const signal = new AbortController().signal;

function entry(name: string, size: number): RemoteEntry {
  return { name, type: 'file', size, modified: undefined, precision: 'none' };
}

/** A poll whose rounds the test begins; it remembers what was listed. */
class World {
  readonly clock = new FakeClock();
  readonly listed: string[] = [];
  readonly open: Place[] = [];
  entries: RemoteEntry[] | undefined = [entry('a', 1)];
  readonly poll = new ChangePoll(this.clock, {
    openFolders: () => this.open,
    list: async ({ path }) => {
      this.listed.push(path);
      return this.entries;
    },
  });

  /** Rounds as the poll itself has them; how many of them listed something. */
  async pass(seconds: number): Promise<number> {
    const before = this.listed.length;
    for (let passed = 0; passed < seconds; passed += 5) {
      this.clock.advance(5000);
      await this.poll.round(signal);
    }
    return this.listed.length - before;
  }
}

describe('the poll', () => {
  test('looks only at what is watched or was read', async () => {
    const world = new World();
    world.poll.read(place('/a'));
    expect(await world.pass(60)).toBe(0);
    using _ = world.poll.watch(place('/'));
    expect(await world.pass(20)).toBeGreaterThan(0);
    expect(new Set(world.listed)).toEqual(new Set(['/a']));
  });

  test('looks ever less often where nothing happens', async () => {
    const world = new World();
    using _ = world.poll.watch(place('/'));
    world.poll.read(place('/a'));
    const first = await world.pass(100);
    for (let minute = 0; minute < 5; minute++) {
      world.poll.read(place('/a'));
      await world.pass(60);
    }
    world.poll.read(place('/a'));
    const later = await world.pass(100);
    expect(first).toBeGreaterThanOrEqual(3);
    expect(later).toBeLessThanOrEqual(1);
  });

  test('looks more often again after something has changed', async () => {
    const world = new World();
    using _ = world.poll.watch(place('/'));
    world.open.push(place('/a'));
    await world.pass(600);
    world.entries = [entry('a', 2)];
    await world.pass(165);
    expect(await world.pass(30)).toBeGreaterThanOrEqual(1);
  });

  test('forgets a folder that was not read for long, but not those of open editors', async () => {
    const world = new World();
    using _ = world.poll.watch(place('/'));
    world.poll.read(place('/a'));
    world.open.push(place('/b'));
    await world.pass(11 * 60);
    world.listed.length = 0;
    await world.pass(200);
    expect(new Set(world.listed)).toEqual(new Set(['/b']));
  });

  test('stops when nothing is watched any more', async () => {
    const world = new World();
    const watching = world.poll.watch(place('/'));
    world.poll.read(place('/a'));
    await world.pass(20);
    watching[Symbol.dispose]();
    watching[Symbol.dispose]();
    expect(await world.pass(200)).toBe(0);
  });

  test('survives a listing that fails', async () => {
    const world = new World();
    using _ = world.poll.watch(place('/'));
    world.poll.read(place('/a'));
    world.entries = undefined;
    await expect(world.pass(60)).resolves.toBeGreaterThan(0);
  });

  test('leaves no timer behind when it ends', () => {
    const world = new World();
    world.poll.watch(place('/'));
    expect(world.clock.timers).toBe(1);
    world.poll[Symbol.dispose]();
    expect(world.clock.timers).toBe(0);
  });
});
