import { silentLogger } from '../../../src/base/logger.ts';
import { type RemotePath, toRemotePath } from '../../../src/base/paths.ts';
import { openRemoteFileSystem } from '../../../src/session/openRemoteFileSystem.ts';
import type { RemoteFileError } from '../../../src/session/remoteFileError.ts';
import type { RemoteFileSystem } from '../../../src/session/remoteFileSystem.ts';
import { type SessionOptions, sessionDefaults } from '../../../src/session/sessionOptions.ts';
import type { FakeServer } from './fakeConnection.ts';

/** A file system on a fake server. */
export function openFake(
  server: FakeServer,
  options: Partial<SessionOptions> = {},
): RemoteFileSystem {
  let ids = 0;
  return openRemoteFileSystem({
    ...sessionDefaults,
    connect: server.connect,
    clock: server.clock,
    logger: silentLogger,
    newId: () => `id${ids++}`,
    ...options,
  });
}

export const path: (text: string) => RemotePath = toRemotePath;

export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

/** Nobody cancels. */
export function calm(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

/** The reason of the `RemoteFileError` that an operation rejects with. */
export async function reasonOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing failed',
    (error: RemoteFileError) => error.reason ?? String(error),
  );
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}
