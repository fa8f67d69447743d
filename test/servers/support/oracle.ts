import { basename } from 'node:path';
import { Writable } from 'node:stream';
import { Client, FileInfo } from 'basic-ftp';
import { concatBytes } from '../../../src/base/bytes.ts';
import type { RunningServer } from './realServer.ts';

/** What the server hands to a client that shares nothing with ours. */
export async function heldByServer(server: RunningServer, path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const target = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      pieces.push(chunk);
      done();
    },
  });
  await asOtherClient(server, (client) => client.downloadTo(target, path));
  return concatBytes(pieces);
}

/** The names in a folder as another client sees them. */
export async function namesHeldByServer(
  server: RunningServer,
  folder: string,
): Promise<readonly string[]> {
  const entries = await asOtherClient(server, async (client) => {
    // Names alone, which no server writes in a way of its own, but for the folder before them.
    client.availableListCommands = ['NLST'];
    client.parseList = (text) => text.split(/\r?\n/).map((name) => new FileInfo(basename(name)));
    return await client.list(folder);
  });
  return entries
    .map(({ name }) => name)
    .filter((name) => !['', '.', '..'].includes(name))
    .toSorted();
}

async function asOtherClient<T>(
  { host, port, user, password, protection, othersUseTls }: RunningServer,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client();
  try {
    const secureOptions = { rejectUnauthorized: false };
    const secure = protection !== 'none' && othersUseTls;
    await client.access({ host, port, user, password, secure, secureOptions });
    return await act(client);
  } finally {
    client.close();
  }
}
