import iconv from 'iconv-lite';
import { beforeEach, expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import { toRemotePath } from '../../../../src/base/paths.ts';
import { memoryStorage } from '../../../../src/base/storage.ts';
import { sha256Of } from '../../../../src/session/known/fileIdentity.ts';
import {
  EditorIdentities,
  type ReadSince,
} from '../../../../src/workspace/files/editorIdentities.ts';
import { followDocuments } from '../../../../src/workspace/files/openDocuments.ts';
import { siteUri } from '../../../../src/workspace/siteUri.ts';
import { FakeClock } from '../../session/fakeClock.ts';

interface Shown {
  readonly uri: unknown;
  readonly encoding: string;
  text: string;
  isDirty: boolean;
  version: number;
  getText(): string;
}

const shown = vi.hoisted(() => ({
  documents: [] as Shown[],
  changed: undefined as ((event: { document: Shown }) => void) | undefined,
  decode: async (_content: Uint8Array, _how: { encoding: string }): Promise<string> => '',
}));

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  workspace: {
    get textDocuments() {
      return shown.documents;
    },
    onDidOpenTextDocument: () => ({ dispose: () => {} }),
    onDidChangeTextDocument: (listener: typeof shown.changed) => {
      shown.changed = listener;
      return { dispose: () => {} };
    },
    decode: (content: Uint8Array, how: { encoding: string }) => shown.decode(content, how),
  },
}));

// As VS Code does it: with the marks left in, which an editor strips.
const decode = async (content: Uint8Array, { encoding }: { encoding: string }): Promise<string> =>
  iconv.decode(Buffer.from(content), encoding.replace('utf8bom', 'utf8'), { stripBOM: false });

function readOf(content: Uint8Array): ReadSince {
  const sha256 = sha256Of(content);
  const facts = { size: content.length, modified: 1, unique: undefined, settled: true };
  return { content, identity: { ...facts, sha256 } };
}

const uri = siteUri('shop', toRemotePath('/a'));

function opened(encoding = 'utf8'): { identities: EditorIdentities; document: Shown } {
  const identities = new EditorIdentities(memoryStorage(), 'editors', new FakeClock());
  followDocuments(identities);
  const document: Shown = {
    uri,
    encoding,
    text: 'old',
    isDirty: false,
    version: 1,
    getText: () => document.text,
  };
  shown.documents.push(document);
  identities.read('shop/a', readOf(Buffer.from('old')), false);
  return { identities, document };
}

/** The editor takes a text, of which VS Code tells. */
async function take(document: Shown, text: string): Promise<void> {
  document.text = text;
  document.version++;
  shown.changed?.({ document });
  await vi.waitFor(() => expect(shown.decode).toHaveResolved());
  await Promise.resolve();
}

beforeEach(() => {
  shown.documents = [];
  shown.decode = vi.fn(decode);
});

const kinds: readonly (readonly [string, string, Uint8Array, string])[] = [
  ['a byte order mark', 'utf8bom', Buffer.from('\uFEFFné\n'), 'né\n'],
  ['UTF-16', 'utf16le', iconv.encode('né\n', 'utf16le', { addBOM: true }), 'né\n'],
  ['another encoding', 'windows1252', iconv.encode('né €\n', 'windows1252'), 'né €\n'],
  ['mixed line ends', 'utf8', Buffer.from('a\r\nb\nc\rd'), 'a\r\nb\r\nc\r\nd'],
  ['mixed line ends, taken as LF', 'utf8', Buffer.from('a\r\nb\nc'), 'a\nb\nc'],
  ['bytes that are no text', 'utf8', Buffer.from([97, 0xff, 0xc3, 98]), 'a\uFFFD\uFFFDb'],
];

test.each(kinds)('an editor takes a file with %s', async (_, encoding, content, text) => {
  const { identities, document } = opened(encoding);
  const read = readOf(content);
  identities.read('shop/a', read, true);
  await take(document, text);
  await vi.waitFor(() => expect(identities.get('shop/a')).toEqual(read.identity));
});

test.each(kinds)('it has not taken another one with %s', async (_, encoding, content, text) => {
  const { identities, document } = opened(encoding);
  const held = identities.get('shop/a');
  identities.read('shop/a', readOf(content), true);
  await take(document, `${text}!`);
  expect(identities.get('shop/a')).toEqual(held);
});

test('a file whose text is the one that is shown is taken at once', async () => {
  const { identities } = opened();
  const read = readOf(Buffer.from('\uFEFFold'));
  identities.read('shop/a', read, true);
  await vi.waitFor(() => expect(identities.get('shop/a')).toEqual(read.identity));
});

test('a changed editor has taken nothing, whatever it shows', async () => {
  const { identities, document } = opened();
  const held = identities.get('shop/a');
  document.isDirty = true;
  identities.read('shop/a', readOf(Buffer.from('\uFEFFold')), true);
  shown.changed?.({ document });
  expect(shown.decode).not.toHaveBeenCalled();
  expect(identities.get('shop/a')).toEqual(held);
});

test('an editor that changes while one looks has to be looked at again', async () => {
  const { identities, document } = opened();
  const held = identities.get('shop/a');
  shown.decode = vi.fn(async (content, how) => {
    document.version++;
    return decode(content, how);
  });
  identities.read('shop/a', readOf(Buffer.from('\uFEFFold')), true);
  await vi.waitFor(() => expect(shown.decode).toHaveResolved());
  expect(identities.get('shop/a')).toEqual(held);
});

test('a document of another file system is none of ours', () => {
  const { identities, document } = opened();
  identities.read('shop/a', readOf(Buffer.from('two')), true);
  const calls = vi.mocked(shown.decode).mock.calls.length;
  const foreign = { ...document, uri: { scheme: 'file', path: '/a' } as unknown as vscode.Uri };
  shown.changed?.({ document: foreign });
  expect(vi.mocked(shown.decode).mock.calls.length).toBe(calls);
});
