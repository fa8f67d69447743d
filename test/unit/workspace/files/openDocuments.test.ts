import { beforeEach, expect, test, vi } from 'vitest';
import { toRemotePath } from '../../../../src/base/paths.ts';
import { openDocuments } from '../../../../src/workspace/files/openDocuments.ts';
import { siteUri } from '../../../../src/workspace/siteUri.ts';

interface Held {
  readonly uri: unknown;
  readonly isDirty: boolean;
}

const shown = vi.hoisted(() => ({
  texts: [] as Held[],
  notebooks: [] as Held[],
  tabs: [] as { input: object; isDirty: boolean }[],
  Own: class {
    readonly uri: unknown;
    constructor(uri: unknown) {
      this.uri = uri;
    }
  },
}));

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  TabInputNotebook: class extends shown.Own {},
  TabInputCustom: shown.Own,
  workspace: {
    get textDocuments() {
      return shown.texts;
    },
    get notebookDocuments() {
      return shown.notebooks;
    },
  },
  window: {
    tabGroups: {
      get all() {
        return [{ tabs: shown.tabs }];
      },
    },
  },
}));

const uri = siteUri('shop', toRemotePath('/a.bin'));
const other = siteUri('shop', toRemotePath('/b.bin'));

beforeEach(() => {
  shown.texts = [];
  shown.notebooks = [];
  shown.tabs = [];
});

const kinds: Readonly<Record<string, (isDirty: boolean) => void>> = {
  'a text': (isDirty) => void shown.texts.push({ uri, isDirty }),
  'a notebook': (isDirty) => void shown.notebooks.push({ uri, isDirty }),
  'an editor of its own kind': (isDirty) =>
    void shown.tabs.push({ input: new shown.Own(uri), isDirty }),
};

test.each(Object.entries(kinds))('%s is seen, and whether it is as it was saved', (_, open) => {
  expect(openDocuments.isOpen(uri)).toBe(false);
  open(false);
  expect(openDocuments.isOpen(uri)).toBe(true);
  expect(openDocuments.isChanged(uri)).toBe(false);
  open(true);
  expect(openDocuments.isChanged(uri)).toBe(true);
  expect(openDocuments.isOpen(other)).toBe(false);
});

test('a tab that only compares or previews holds nothing', () => {
  shown.tabs.push({ input: { uri }, isDirty: true });
  expect(openDocuments.isOpen(uri)).toBe(false);
});
