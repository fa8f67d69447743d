import { describe, expect, test } from 'vitest';
import type * as vscode from 'vscode';
import { CancelledError } from '../../../../src/base/abort.ts';
import { Emitter } from '../../../../src/base/event.ts';
import { toRemotePath } from '../../../../src/base/paths.ts';
import { LoginError } from '../../../../src/ftp/errors.ts';
import { RemoteFileError, type RemoteFileReason } from '../../../../src/session/remoteFileError.ts';
import { UploadQueue } from '../../../../src/sync/uploadQueue.ts';
import type { SiteState } from '../../../../src/workspace/sites/siteConnections.ts';
import { OwedUploadError, UploadRetry } from '../../../../src/workspace/sync/owedUploads.ts';
import {
  type SavedFile,
  savedFile,
  UploadConflictError,
  UploadLostItsWayError,
} from '../../../../src/workspace/sync/savedFile.ts';
import { Uri } from '../../../support/vscode.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { settle } from '../../session/fakeSession.ts';

class World implements Disposable {
  readonly clock = new FakeClock();
  readonly tried: string[] = [];
  readonly states = new Map<string, SiteState['kind']>();
  readonly changed = new Emitter<string>();
  error: Error | undefined = failure('unavailable');
  login: Error | undefined;
  readonly queue = new UploadQueue<SavedFile>(async ({ place }) => {
    this.tried.push(`${place.siteId}${place.path}`);
    if (this.error) throw this.error;
  });
  unasked = true;
  readonly retry = new UploadRetry(this.queue, {
    connections: {
      state: (siteId) => ({ kind: this.states.get(siteId) ?? 'disconnected' }) as SiteState,
      onDidChange: this.changed.event,
      loginFailure: () => this.login,
    },
    connectsUnasked: async () => this.unasked,
    clock: this.clock,
  });

  async save(name = 'a', siteId = 'shop'): Promise<void> {
    const place = { siteId, path: toRemotePath(`/${name}`) };
    this.queue.add(savedFile(Uri.file(`/${name}`) as unknown as vscode.Uri, place));
    await settle();
  }

  async enter(kind: SiteState['kind'], siteId = 'shop'): Promise<void> {
    this.states.set(siteId, kind);
    this.changed.fire(siteId);
    await settle();
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }

  [Symbol.dispose](): void {
    this.retry[Symbol.dispose]();
  }
}

function failure(reason: RemoteFileReason): RemoteFileError {
  return new RemoteFileError(reason, toRemotePath('/a'), reason);
}

describe('an upload that failed for want of its site', () => {
  test('is tried again after pauses that grow to a quarter of an hour', async () => {
    using world = new World();
    await world.save();
    const pauses: number[] = [];
    for (let waited = 0, tries = 1; pauses.length < 8; waited += 10) {
      await world.pass(10_000);
      if (world.tried.length === tries) continue;
      tries = world.tried.length;
      pauses.push(waited + 10);
      waited = -10;
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
    expect(world.clock.timers).toBe(1);
  });

  test('is left alone once it has arrived, and the next begins with the short pause', async () => {
    using world = new World();
    await world.save();
    await world.pass(30_000);
    world.error = undefined;
    await world.pass(60_000);
    expect(world.queue.failures).toEqual([]);
    expect(world.clock.timers).toBe(0);
    world.error = failure('unavailable');
    await world.save();
    const before = world.tried.length;
    await world.pass(30_000);
    expect(world.tried).toHaveLength(before + 1);
  });

  test('is tried as soon as somebody has connected the site, and only that one', async () => {
    using world = new World();
    await world.save('a');
    await world.save('b', 'blog');
    await world.enter('failed');
    world.error = undefined;
    await world.enter('connected');
    expect(world.tried).toEqual(['shop/a', 'blog/b', 'shop/a']);
    expect(world.queue.failures.map(({ upload }) => upload.place.siteId)).toEqual(['blog']);
  });

  test('is not tried at every change of a site that is connected', async () => {
    using world = new World();
    await world.enter('connected');
    await world.save();
    for (let at = 0; at < 5; at++) await world.enter('connected');
    expect(world.tried).toEqual(['shop/a']);
  });

  test('is not tried any more once it is dismissed, or the window has closed', async () => {
    const world = new World();
    await world.save('a');
    await world.save('b', 'blog');
    for (const { upload } of world.queue.failures.slice(0, 1)) world.queue.discard(upload.key);
    await world.pass(30_000);
    expect(world.tried).toEqual(['shop/a', 'blog/b', 'blog/b']);
    world[Symbol.dispose]();
    expect(world.clock.timers).toBe(0);
  });
});

test.each([
  ['noSpace', failure('noSpace')],
  ['a conflict', new UploadConflictError(toRemotePath('/a'), 'nothing', 'absent')],
  ['a way that is lost', new UploadLostItsWayError('gone')],
])('what only a person can mend waits for one: %s', async (_, error) => {
  using world = new World();
  world.error = error;
  await world.save();
  expect(world.clock.timers).toBe(0);
  await world.enter('connected');
  expect(world.tried).toHaveLength(1);
});

test.each([
  ['owed from an earlier time', new OwedUploadError(undefined)],
  ['damaged on its way', failure('damaged')],
])('is tried again by itself too: %s', async (_, error) => {
  using world = new World();
  world.error = error;
  await world.save();
  await world.pass(30_000);
  expect(world.tried).toHaveLength(2);
});

test('a refused password is not tried over and over', async () => {
  using world = new World();
  const reply = { code: 530, replyClass: 'permanentNegative', lines: ['no'] } as const;
  world.login = new LoginError('password', reply);
  await world.save();
  expect(world.clock.timers).toBe(0);
});

test('nobody is asked for a password out of the blue: it waits until the site is connected', async () => {
  using world = new World();
  world.unasked = false;
  await world.save();
  await world.pass(30_000);
  await world.pass(60_000);
  expect(world.tried).toHaveLength(1);
  world.unasked = true;
  await world.pass(120_000);
  expect(world.tried).toHaveLength(2);
  world.unasked = false;
  world.error = undefined;
  await world.enter('connected');
  expect(world.tried).toHaveLength(3);
});

test('what a disconnect has broken off goes up with the next connection, not before', async () => {
  using world = new World();
  world.error = new CancelledError('The operation');
  await world.save();
  expect(world.clock.timers).toBe(0);
  world.error = undefined;
  await world.enter('connected');
  expect(world.queue.failures).toEqual([]);
});
