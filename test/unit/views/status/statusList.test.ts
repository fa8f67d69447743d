import { beforeEach, expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import { toRemotePath } from '../../../../src/base/paths.ts';
import { UploadQueue } from '../../../../src/sync/uploadQueue.ts';
import { formatsOf } from '../../../../src/views/formats.ts';
import {
  showStatusList,
  type StatusListActions,
  type StatusParts,
} from '../../../../src/views/status/statusBar.ts';
import { OwedUploadError } from '../../../../src/workspace/sync/owedUploads.ts';
import {
  type SavedFile,
  savedFile,
  UploadConflictError,
} from '../../../../src/workspace/sync/savedFile.ts';
import { SyncTroubles } from '../../../../src/workspace/sync/syncTroubles.ts';
import { Uri } from '../../../support/vscode.ts';
import { FakeClock } from '../../session/fakeClock.ts';

interface Row {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

// The list that is open.
const list = vi.hoisted(() => ({
  items: [] as readonly Row[],
  selectedItems: [] as readonly Row[],
  accept: () => {},
  press: undefined as ((pressed: { item: Row }) => void) | undefined,
  hide: () => {},
}));

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  QuickPickItemKind: { Separator: -1 },
  ThemeIcon: class {
    id = '';
  },
  window: {
    createQuickPick: () =>
      Object.assign(list, {
        onDidAccept: (listener: () => void) => (list.accept = listener),
        onDidTriggerItemButton: (listener: typeof list.press) => (list.press = listener),
        onDidHide: (listener: () => void) => (list.hide = listener),
        show: () => {},
        dispose: () => {},
      }),
  },
}));

const path = (name: string) => toRemotePath(`/www/${name}`);

function open(): {
  queue: UploadQueue<SavedFile>;
  done: string[];
  troubles: SyncTroubles;
  shown: () => Promise<void>;
} {
  const queue = new UploadQueue<SavedFile>(async () => {});
  const done: string[] = [];
  const troubles = new SyncTroubles();
  const upload = (name: string): SavedFile =>
    savedFile(Uri.file(`/${name}`) as unknown as vscode.Uri, { siteId: 'shop', path: path(name) });
  queue.restore([
    { upload: upload('a'), error: new OwedUploadError('The server was away') },
    { upload: upload('b'), error: new UploadConflictError(path('b'), 'edited', 'absent') },
  ]);
  const parts = {
    store: { sites: [] },
    connections: {},
    activity: { state: { transfers: 0, rate: 0 } },
    uploads: queue,
    troubles,
    formats: formatsOf('en'),
    clock: new FakeClock(),
  } as unknown as StatusParts;
  const does: StatusListActions = {
    openSite: async () => {},
    retry: (which = () => true) =>
      void done.push(
        ...queue.failures
          .filter(({ upload: each }) => which(each))
          .map(({ upload: { place } }) => `retry ${place.path}`),
      ),
    decide: async (key) => void done.push(`decide ${key}`),
    discard: (key) => queue.discard(key),
    openSyncSettings: async () => void done.push('settings'),
    diagnose: async () => {},
    showLog: () => {},
  };
  return { queue, done, troubles, shown: () => showStatusList(parts, does) };
}

const row = (label: string): Row => {
  const found = list.items.find((each) => each.label.includes(label));
  if (!found) throw new Error(`No row ${label}`);
  return found;
};

async function choose(shown: Promise<void>, label: string): Promise<void> {
  list.selectedItems = [row(label)];
  list.accept();
  await shown;
}

beforeEach(() => {
  list.items = [];
});

test('a failed upload says why, and is tried again by its row', async () => {
  const { done, shown } = open();
  const showing = shown();
  expect(row('/www/a')).toMatchObject({ description: 'Retry', detail: 'The server was away' });
  await choose(showing, '/www/a');
  expect(done).toEqual(['retry /www/a']);
});

test('one that met somebody else’s file is decided by its row', async () => {
  const { done, shown } = open();
  await choose(shown(), '/www/b');
  expect(done).toEqual([expect.stringMatching(/^decide shop\/www\/b /)]);
});

test('one is given up by its button, and its row goes while the list stays', async () => {
  const { queue, shown } = open();
  const showing = shown();
  list.press?.({ item: row('/www/a') });
  expect(list.items.map(({ label }) => label).filter((label) => label.includes('/www'))).toEqual([
    '$(warning) /www/b',
  ]);
  expect(queue.failures).toHaveLength(1);
  list.hide();
  await showing;
});

test('what holds sync on save up leads to its settings', async () => {
  const { done, troubles, shown } = open();
  troubles.note('file:///home', 'portside.sync: nothing is uploaded.');
  const showing = shown();
  expect(row('held up').detail).toBe('portside.sync: nothing is uploaded.');
  await choose(showing, 'held up');
  expect(done).toEqual(['settings']);
});
