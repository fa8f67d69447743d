import { randomBytes } from 'node:crypto';
import { expect, onTestFailed } from 'vitest';
import type { RemoteFileReason } from '../../../src/session/remoteFileError.ts';
import type { Disk } from '../support/disk.ts';
import type { RealServer, RunningServer } from '../support/realServer.ts';
import { openSite, type Site, type SiteOverrides } from '../support/site.ts';

/** What a test stands on: a server that runs, its disk, and its name for what is expected of it. */
export interface Ground {
  readonly kind: RealServer;
  readonly server: RunningServer;
  readonly disk: Disk;
  /** A folder on disk that no other test uses, made anew. */
  folder(): Promise<string>;
  open(overrides?: SiteOverrides): Site;
}

// What a failed test shows of what was said last.
const talkShown = 80;

export function makeGround(kind: RealServer, server: RunningServer, disk: Disk): Ground {
  let folders = 0;
  return {
    kind,
    server,
    disk,
    folder: async () => {
      folders += 1;
      await disk.makeFolder(`/test ${folders}`);
      return `/test ${folders}`;
    },
    open: (overrides) => {
      const site = openSite(server, overrides);
      onTestFailed(() => console.error(site.talk.slice(-talkShown).join('\n')));
      return site;
    },
  };
}

/** Bytes of every value, in which a piece that is lost, doubled or moved shows. */
export function content(length: number): Uint8Array {
  return randomBytes(length);
}

/** Names that one or the other part of a client trips over, each legal in a Unix folder. */
export const awkwardNames: readonly string[] = [
  '.hidden',
  'two words',
  '[brackets] {braces} (parentheses)',
  `it's "quoted"`,
  '-rf',
  ' leading blank',
  '  two leading blanks',
  '*star?',
  'trailing blank ',
  'ends with a dot.',
  '~',
  '-',
  '#hash%20&;',
  'back\\slash',
  'arrow -> arrow',
  'Grüße 日本語 😀',
  'e\u0301 decomposed',
  '12:34 Nov 22',
  'x'.repeat(200),
];

/** Fails unless the promise is rejected with a `RemoteFileError` of that reason. */
export async function expectReason(
  promise: Promise<unknown>,
  reason: RemoteFileReason,
): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'RemoteFileError', reason });
}
