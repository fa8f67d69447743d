import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import type {
  ServedEntry,
  ServedFolder,
  ServedPath,
} from '../../../src/server/folder/servedFolder.ts';
import { type FtpServer, startFtpServer } from '../../../src/server/ftpServer.ts';
import type { FtpServerOptions } from '../../../src/server/options.ts';
import { testCertificate } from '../../support/testCertificate.ts';
import { makeTemporaryFolder } from '../../../scripts/temporaryFolder.ts';

/** Runs something with a temporary folder. */
export async function withTempFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  await using folder = await makeTemporaryFolder('server');
  return await run(folder.path);
}

/** All entries of a folder. */
export async function listOf(folder: ServedFolder, path: ServedPath): Promise<ServedEntry[]> {
  await using listing = await folder.openList(path);
  const entries: ServedEntry[] = [];
  for await (const some of listing.entries()) entries.push(...some);
  return entries;
}

/** The same folder but for what is changed. */
export function changedFolder(folder: ServedFolder, changes: Partial<ServedFolder>): ServedFolder {
  return {
    openList: (path) => folder.openList(path),
    entry: (path) => folder.entry(path),
    followed: (path) => folder.followed(path),
    openRead: (path) => folder.openRead(path),
    openWrite: (path, start) => folder.openWrite(path, start),
    makeDirectory: (path) => folder.makeDirectory(path),
    removeDirectory: (path) => folder.removeDirectory(path),
    removeFile: (path) => folder.removeFile(path),
    rename: (from, to) => folder.rename(from, to),
    setModified: (path, modified) => folder.setModified(path, modified),
    setMode: (path, mode) => folder.setMode(path, mode),
    ...changes,
  };
}

/** A server on loopback that lets anna in with "secret" and serves a few files from memory. */
export async function startTestServer(options: Partial<FtpServerOptions> = {}): Promise<FtpServer> {
  return startFtpServer({
    listen: { host: '127.0.0.1', port: 0 },
    folder: memoryFolder({
      '/hello.txt': 'hello world\n',
      '/folder/inner.txt': 'inner',
      '/empty': '',
    }),
    tls: 'none',
    authenticate: ({ user, password }) => user === 'anna' && password === 'secret',
    anonymous: false,
    clock: systemClock,
    logger: silentLogger,
    ...options,
    limits: { badPasswordDelay: 1, linger: 500, ...options.limits },
  });
}

/** The same with explicit TLS. */
export async function startTlsServer(options: Partial<FtpServerOptions> = {}): Promise<FtpServer> {
  return startTestServer({ tls: 'explicit', certificate: await testCertificate, ...options });
}
