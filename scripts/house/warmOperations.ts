// What reading and saving a file costs once all is warm: connected, the way of the data connection
// found, the folder listed, and the same file read and saved before.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { toRemotePath } from '../../src/base/paths.ts';
import { connectFtp } from '../../src/ftp/connectFtp.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../src/ftp/net/tls.ts';
import { anonymous, defaultOptions } from '../../src/ftp/options.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { openRemoteFileSystem } from '../../src/session/openRemoteFileSystem.ts';
import type { FileIdentity, RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { sessionDefaults } from '../../src/session/sessionOptions.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../embeddedServer.ts';
import { projectRoot } from '../paths.ts';
import { makeTemporaryFolder } from '../temporaryFolder.ts';
import { type Calls, countCalls } from './calls.ts';

/** One `readFile` and one `writeFile` of an existing file. */
export interface WarmOperations {
  readonly read: Calls;
  readonly save: Calls;
}

const path = toRemotePath('/index.html');

// The first save asks the server what is asked only once; a second one makes sure that it is over.
const savesBefore = 2;

/** Measures both against the embedded server, which is a process of its own: only our own calls are counted. */
export async function measureWarmOperations(signal: AbortSignal): Promise<WarmOperations> {
  await using folder = await makeTemporaryFolder('house');
  await writeFile(join(folder.path, 'index.html'), 'nobody has saved it');
  const commandLine = join(projectRoot, 'src', 'startCli.ts');
  await using server = await startEmbeddedServer({ commandLine, root: folder.path, signal });
  await using files = openFiles(server);
  await files.readDirectory(toRemotePath('/'), { signal });
  let { identity } = await files.readFile(path, { signal });
  for (let saves = 0; saves < savesBefore; saves++) identity = await save(files, identity, signal);
  const read = await countCalls(async () => {
    await files.readFile(path, { signal });
  });
  const saved = await countCalls(async () => {
    await write(files, identity, signal);
  });
  return { read, save: saved };
}

function openFiles({ host, port, fingerprint }: EmbeddedServer): RemoteFileSystem {
  const trust = { ...defaultOptions.trust, fingerprints: [fingerprint] };
  const options = { ...defaultOptions, host, port, trust };
  const environment = {
    network: tcpNetwork(systemClock),
    tls: nodeTls,
    clock: systemClock,
    logger: silentLogger,
    profile: new ServerProfile(allRungs),
  };
  return openRemoteFileSystem({
    ...sessionDefaults,
    connect: (signal) => connectFtp(options, anonymous, environment, signal),
    clock: systemClock,
    logger: silentLogger,
    newId: () => randomUUID().replaceAll('-', ''),
  });
}

/** A save as in the editor: afterwards it waits until a later save would have another time. */
async function save(
  files: RemoteFileSystem,
  expected: FileIdentity,
  signal: AbortSignal,
): Promise<FileIdentity> {
  const written = await write(files, expected, signal);
  return (await files.settle(path, written, { signal })) ?? written;
}

async function write(
  files: RemoteFileSystem,
  expected: FileIdentity,
  signal: AbortSignal,
): Promise<FileIdentity> {
  const content = Buffer.from(`saved ${randomUUID()}`);
  const rules = { signal, create: true, overwrite: true, expected };
  const outcome = await files.writeFile(path, () => [content], rules);
  if (outcome.kind !== 'written') throw new Error('A save of our own was taken for a conflict.');
  return outcome.identity;
}
