import { beforeEach, expect, test, vi } from 'vitest';
import { Emitter } from '../../../../src/base/event.ts';
import type { LeftOver } from '../../../../src/session/remoteFileSystem.ts';
import { ListingNotices } from '../../../../src/views/files/listingNotices.ts';
import type { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { path, settle } from '../../session/fakeSession.ts';
import { someSite } from '../../workspace/someSite.ts';

const window = vi.hoisted(() => ({
  executed: [] as string[],
  notices: [] as { readonly words: readonly string[]; answer(choice?: string): void }[],
}));

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  commands: {
    executeCommand: async (command: string, ...args: readonly unknown[]) =>
      void window.executed.push([command, ...args].map(String).join(' ')),
  },
  window: {
    showWarningMessage: (...words: readonly string[]) =>
      new Promise<string | undefined>((answer) => {
        window.notices.push({ words, answer });
      }),
  },
}));

beforeEach(() => {
  window.notices.length = 0;
});

type Part = Parameters<Parameters<SiteConnections['onDidListInPart']>[0]>[0];
type Found = Parameters<Parameters<SiteConnections['onDidFindLeftOvers']>[0]>[0];

function listings() {
  const parts = new Emitter<Part>();
  const leftOvers = new Emitter<Found>();
  const clock = new FakeClock();
  const shown: unknown[] = [];
  const connections = {
    sites: [someSite({ id: 'shop', name: 'Shop' })],
    onDidListInPart: parts.event,
    onDidFindLeftOvers: leftOvers.event,
  } as unknown as SiteConnections;
  const notices = new ListingNotices({
    connections,
    clock,
    showLog: () => void shown.push('log'),
  });
  const find = (folder: string, ageMs: number): void => {
    const name = '.portside-0123456789ab-a';
    const modified = new Date(clock.now() - ageMs);
    const entry = { name, type: 'file', size: 1, modified, precision: 'second' } as const;
    const leftOver: LeftOver = { path: path(`${folder}/${name}`), entry };
    leftOvers.fire({ siteId: 'shop', path: path(folder), leftOvers: [leftOver] });
  };
  return { parts, find, shown, notices };
}

const day = 86_400_000;

test('a folder that may not be all is told once, with why, and offers the log', async () => {
  const { parts, shown } = listings();
  const part = { siteId: 'shop', path: path('/www'), why: 'it was cut.' };
  parts.fire(part);
  parts.fire(part);
  parts.fire({ ...part, path: path('/other') });
  expect(window.notices.map(({ words }) => words)).toEqual([
    ['There may be more in /www on Shop than is shown: it was cut.', 'Show Log'],
    ['There may be more in /other on Shop than is shown: it was cut.', 'Show Log'],
  ]);
  window.notices[0]?.answer('Show Log');
  window.notices[1]?.answer();
  await settle();
  expect(shown).toEqual(['log']);
});

test('what saves left is told once for a folder, and shown with all that was found since', async () => {
  const { find } = listings();
  find('/a', day);
  find('/a', day);
  find('/b', day);
  expect(window.notices.map(({ words }) => words)).toEqual([
    ['An interrupted save has left a file in /a on Shop.', 'Show Left-Over Files…'],
  ]);
  window.notices[0]?.answer('Show Left-Over Files…');
  await settle();
  const [a, b] = ['portside://shop/a', 'portside://shop/b'];
  expect(window.executed).toEqual([`portside.showLeftOvers ${a} ${a},${b}`]);
  find('/a', day);
  find('/b', day);
  find('/c', day);
  expect(window.notices).toHaveLength(2);
});

test('what another program may be saving at this moment is told when it has stayed', () => {
  const { find, notices } = listings();
  find('/a', 20_000);
  find('/a', -20_000);
  expect([window.notices.length, notices.folders]).toEqual([0, []]);
  // The server's clock is ahead of ours by its time zone.
  find('/a', -7_200_000);
  expect([window.notices.length, notices.folders.length]).toEqual([1, 1]);
});

test('nothing is told any more when the notices have ended', () => {
  const { parts, find, notices } = listings();
  notices.dispose();
  parts.fire({ siteId: 'shop', path: path('/www'), why: 'it was cut' });
  find('/a', day);
  expect(window.notices).toEqual([]);
});
