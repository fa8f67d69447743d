import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import { closePortside, openPortside } from '../../src/extension.ts';
import { world } from '../support/vscode.ts';
import { FakeSecrets } from './workspace/fakeSecrets.ts';

const events = vi.hoisted((): string[] => []);

// A window that takes everything and shows nothing; what is made of it says when it is disposed.
vi.mock('vscode', async () => {
  const known = await import('../support/vscode.ts');
  const made = (name: string): object =>
    new Proxy(
      { dispose: () => void events.push(`${name} disposed`) },
      {
        get: (own, key) => Reflect.get(own, key) ?? (() => made(name)),
        set: () => true,
      },
    );
  const anything = (more: object = {}): object =>
    new Proxy(more, {
      get: (target, key) => Reflect.get(target, key) ?? (() => made(String(key))),
    });
  return {
    ...known,
    window: anything(),
    commands: anything({ executeCommand: async () => {} }),
    workspace: anything(known.workspace),
    env: { language: 'en' },
    ExtensionMode: { Production: 1, Test: 3 },
    StatusBarAlignment: { Left: 1 },
  };
});

function context(extensionMode: 1 | 3): vscode.ExtensionContext {
  const memento = { get: () => undefined, update: async () => {} };
  const made = {
    extensionMode,
    subscriptions: [],
    globalStorageUri: { fsPath: join(tmpdir(), 'portside-no-such-storage') },
    secrets: new FakeSecrets(),
    globalState: memento,
    workspaceState: memento,
  };
  return made as unknown as vscode.ExtensionContext;
}

beforeEach(() => {
  events.length = 0;
  world.settings.set('portside.sites', [{ id: 'shop', host: 'a.example.com' }]);
});

test('the end is awaited: sites are left first, and the log is closed last', async () => {
  const shown = openPortside(context(3), 0);
  const files = shown?.connections.files('shop');
  if (!shown || !files) throw new Error('Tests are shown nothing');
  const { promise, resolve } = Promise.withResolvers<void>();
  vi.spyOn(files, Symbol.asyncDispose).mockReturnValue(promise);
  const ended = closePortside().then(() => events.push('ended'));
  expect(shown.connections.state('shop').kind).toBe('disconnected');
  await Promise.resolve();
  expect(events).toEqual([]);
  resolve();
  await ended;
  expect(events).toEqual(['createOutputChannel disposed', 'ended']);
});

test('ending twice, or without a beginning, does nothing', async () => {
  openPortside(context(1), 0);
  await closePortside();
  await closePortside();
  expect(events).toEqual(['createOutputChannel disposed']);
});

test('what is disposed at once is owned from the moment it is made', () => {
  const own = context(1);
  expect(openPortside(own, 0)).toBeUndefined();
  expect(own.subscriptions.length).toBeGreaterThan(10);
  for (const each of own.subscriptions) each.dispose();
  expect(events).toContain('registerFileSystemProvider disposed');
  expect(events).not.toContain('createOutputChannel disposed');
});
