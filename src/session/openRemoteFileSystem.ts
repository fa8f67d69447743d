import { FtpFileSystem } from './ftpFileSystem.ts';
import type { RemoteFileSystem } from './remoteFileSystem.ts';
import { Session } from './session.ts';
import type { SessionOptions } from './sessionOptions.ts';

export type { SessionOptions } from './sessionOptions.ts';

/** A server as a file system. It connects when it is first asked for something; dispose it. */
export function openRemoteFileSystem(options: SessionOptions): RemoteFileSystem {
  return new FtpFileSystem(new Session(options), { readOnly: options.readOnly ?? false });
}
