import { randomBytes } from 'node:crypto';
import { expect, onTestFailed } from 'vitest';
import { forEachOf } from '../../../src/base/concurrency.ts';
import type { ConnectionDescription } from '../../../src/ftp/ftpConnection.ts';
import { RemoteFileError, type RemoteFileReason } from '../../../src/session/remoteFileError.ts';
import { Disk } from '../support/disk.ts';
import type { RealServer, RunningServer, StartOptions } from '../support/realServer.ts';
import { oddNames } from '../../support/oddNames.ts';
import { live, openSite, type Site, type SiteOverrides } from '../support/site.ts';

/** What a test stands on: a server that runs, its disk, and its name for what is expected of it. */
export interface Ground {
  readonly kind: RealServer;
  readonly server: RunningServer;
  readonly disk: Disk;
  /** A folder on disk that no other test uses, made anew. */
  folder(): Promise<string>;
  open(overrides?: SiteOverrides): Site;
  /** The same kind of server, told something. The caller disposes it. */
  another(options: Partial<StartOptions>): Promise<Ground & AsyncDisposable>;
  /** What a connection says of itself that has moved so many files, or opened so many connections. */
  dataConnections(opened: number): Partial<ConnectionDescription>;
}

// What a failed test shows of what was said last.
const talkShown = 80;

export function makeGround(kind: RealServer, server: RunningServer, disk: Disk): Ground {
  let folders = 0;
  const { protection } = server;
  const resumes = protection !== 'none' && !kind.withoutTickets.includes(protection);
  return {
    kind,
    server,
    disk,
    folder: async () => {
      folders += 1;
      const folder = `${server.home === '/' ? '' : server.home}/test ${folders}`;
      await disk.makeFolder(folder);
      return folder;
    },
    open: (overrides) => {
      const site = openSite(server, overrides);
      onTestFailed(() => console.error(site.talk.slice(-talkShown).join('\n')));
      return site;
    },
    another: async (options) => {
      const other = await kind.start({ protection, ...options }, live);
      const disposal = { [Symbol.asyncDispose]: () => other[Symbol.asyncDispose]() };
      return { ...makeGround(kind, other, new Disk(other)), ...disposal };
    },
    dataConnections: (opened) => ({
      tlsVersion: protection === 'none' ? undefined : protection,
      dataConnections: opened,
      resumedDataConnections: resumes ? opened : 0,
    }),
  };
}

export const megabyte: number = 1024 * 1024;

/** Nothing, next to nothing, one and several of the pieces that servers cut, and a long one. */
export const sizes: readonly number[] = [0, 1, 1024, 4096, 65_536, 3 * 65_536, 5 * megabyte];

/** Bytes of every value, in which a piece that is lost, doubled or moved shows. */
export function content(length: number): Uint8Array {
  return randomBytes(length);
}

/** Names that one or the other part of a client trips over. */
export const awkwardNames: readonly string[] = Object.values(oddNames);

/**
 * Fails with the names for which the act fails or what it gives is not what is wanted. `atOnce`: how
 * many acts go on at a time, where none meets another.
 */
export async function expectOfEach(
  names: readonly string[],
  act: (name: string) => Promise<boolean>,
  atOnce = 1,
): Promise<void> {
  const works = new Set<string>();
  await forEachOf(names, { atOnce, signal: live }, async (name) => {
    if (await act(name).catch(() => false)) works.add(name);
  });
  const failed = names.filter((name) => !works.has(name));
  expect(failed, `not with ${failed.map((name) => JSON.stringify(name)).join(' ')}`).toEqual([]);
}

/** Fails unless the promise is rejected with a `RemoteFileError` of that reason. */
export async function expectReason(
  promise: Promise<unknown>,
  reason: RemoteFileReason | readonly RemoteFileReason[],
): Promise<void> {
  const error: unknown = await promise.then(
    () => 'no refusal at all',
    (refusal: unknown) => refusal,
  );
  const found = error instanceof RemoteFileError ? error.reason : 'none';
  expect([reason].flat(), String(error)).toContain(found);
}
