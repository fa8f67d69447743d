import { beforeEach, expect, test, vi } from 'vitest';
import type { MessageOptions, QuickPickItem } from 'vscode';
import { LeftOverCommand } from '../../../../src/views/files/leftOverCommand.ts';
import { formatsOf } from '../../../../src/views/formats.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import type { Place } from '../../../../src/workspace/place.ts';
import type { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { openFake, path } from '../../session/fakeSession.ts';
import { someSite } from '../../workspace/someSite.ts';

const window = vi.hoisted(() => ({
  /** What the user picks, by the beginning of its label, one list after the other. */
  picks: [] as string[],
  lists: [] as (readonly QuickPickItem[])[],
  agrees: true,
  questions: [] as string[],
  told: [] as string[],
  executed: [] as string[],
}));

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  commands: {
    executeCommand: async (command: string, ...args: readonly unknown[]) =>
      void window.executed.push([command, ...args].map(String).join(' ')),
  },
  window: {
    showQuickPick: async (items: readonly QuickPickItem[]) => {
      window.lists.push(items);
      const wanted = window.picks.shift();
      return items.find(({ label }) => wanted !== undefined && label.includes(wanted));
    },
    showWarningMessage: async (question: string, { detail }: MessageOptions, yes: string) => {
      window.questions.push(`${question}\n${detail ?? ''}`);
      return window.agrees ? yes : undefined;
    },
    showInformationMessage: async (words: string) => void window.told.push(words),
  },
}));

beforeEach(() => {
  Object.assign(window, { picks: [], lists: [], questions: [], told: [], executed: [] });
  window.agrees = true;
});

const name = '.portside-0123456789ab-a.txt';
const folder: Place = { siteId: 'shop', path: path('/d') };

function someServer(): FakeServer {
  return new FakeServer().folder('/d').file('/d/a.txt', 'mine').file(`/d/${name}`, 'older');
}

async function run(
  server: FakeServer,
  places: readonly Place[],
  { readOnly = false, seen = [] as readonly Place[] } = {},
): Promise<void> {
  await using files = openFake(server);
  const connections = {
    site: () => someSite({ id: 'shop', name: 'Shop', readOnly }),
    files: () => files,
    allowQuestions: () => {},
  } as unknown as SiteConnections;
  const { clock } = server;
  const activity = new Activity(clock);
  const formats = formatsOf('en');
  await new LeftOverCommand({
    connections,
    activity,
    formats,
    clock,
    listings: { folders: seen },
  }).run(places);
}

const labels = (at: number): readonly string[] =>
  (window.lists[at] ?? []).map(({ label }) => label.replace(/^\$\(.*\) /, ''));

test('each is shown with its file, its size and what stands there', async () => {
  window.picks = ['a.txt'];
  await run(someServer(), [folder]);
  const [item] = window.lists[0] ?? [];
  expect([item?.label, item?.description, item?.detail]).toEqual([
    'a.txt',
    expect.stringContaining('5 bytes'),
    expect.stringMatching(/^\/d\/a\.txt as it is now: 4 bytes/),
  ]);
  expect(labels(1)).toEqual(['Restore', 'Compare', 'Open', 'Delete']);
});

test('one takes the place of its file when the user agrees, and not otherwise', async () => {
  const server = someServer();
  window.picks = ['a.txt', 'Restore'];
  window.agrees = false;
  await run(server, [folder]);
  expect([window.questions.length, server.text('/d/a.txt')]).toEqual([1, 'mine']);
  window.picks = ['a.txt', 'Restore'];
  window.agrees = true;
  await run(server, [folder]);
  expect([server.names('/d'), server.text('/d/a.txt')]).toEqual([['a.txt'], 'older']);
  expect(window.executed).toEqual(['vscode.open portside://shop/d/a.txt']);
});

test('one whose file is gone takes its place without a question', async () => {
  const server = someServer();
  server.nodes.delete(path('/d/a.txt'));
  window.picks = ['a.txt', 'Restore'];
  await run(server, [folder]);
  expect(labels(1)).toEqual(['Restore', 'Open', 'Delete']);
  expect([window.questions, server.text('/d/a.txt')]).toEqual([[], 'older']);
});

test('one is deleted only when the user agrees, who is told what it may be', async () => {
  const server = someServer();
  server.nodes.delete(path('/d/a.txt'));
  window.picks = ['a.txt', 'Delete'];
  window.agrees = false;
  await run(server, [folder]);
  expect(server.names('/d')).toEqual([name]);
  expect(window.questions.join()).toMatch(/may be the only copy[^]*cannot be undone/);
  window.picks = ['a.txt', 'Delete'];
  window.agrees = true;
  await run(server, [folder]);
  expect(server.names('/d')).toEqual([]);
});

test('one is compared with what stands there, and changes nothing', async () => {
  const server = someServer();
  window.picks = ['a.txt', 'Compare'];
  await run(server, [folder]);
  expect(window.executed).toEqual([
    `vscode.diff portside://shop/d/${name} portside://shop/d/a.txt a.txt (left by a save ↔ on Shop)`,
  ]);
  expect(server.names('/d')).toEqual([name, 'a.txt']);
});

test('a read-only site offers only what changes nothing', async () => {
  window.picks = ['a.txt'];
  await run(someServer(), [folder], { readOnly: true });
  expect(labels(1)).toEqual(['Compare', 'Open']);
});

test('a file stands for its folder, and no file for the folders where something was seen', async () => {
  await run(someServer(), [{ siteId: 'shop', path: path('/d/a.txt') }]);
  await run(someServer(), [], { seen: [folder] });
  await run(someServer(), []);
  expect([labels(0), labels(1), window.lists.length]).toEqual([['a.txt'], ['a.txt'], 2]);
  expect(window.told).toHaveLength(1);
});
