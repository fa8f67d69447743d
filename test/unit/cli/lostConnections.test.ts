import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { tcpNetwork } from '../../../src/ftp/net/tcp.ts';
import type { Network, Transport } from '../../../src/ftp/net/transport.ts';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import type { FileReader, ServedFolder } from '../../../src/server/folder/servedFolder.ts';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import { patternBytes, startTestServer } from '../../support/engine.ts';
import { changedFolder } from '../server/testServer.ts';
import { addressOf, annasPassword, type CliRun, runCli, temporaryFolder } from './cliRun.ts';

const names = Array.from({ length: 20 }, (_, at) => `f${String(at).padStart(2, '0')}`);
const poison = 'f07';
const sizeOf = (at: number): number => (names[at] === poison ? 1_000_000 : 20_000 + 7_000 * at);

/** A network that a test can break all connections of, or take away. */
function breakable(): { network: Network; breakAll(): void; isGone: boolean } {
  const whole = tcpNetwork(systemClock);
  const open = new Set<Transport>();
  const state = {
    isGone: false,
    breakAll: () => {
      for (const transport of open) transport.destroy();
      open.clear();
    },
    network: {
      ...whole,
      dial: async (...args: Parameters<Network['dial']>) => {
        if (state.isGone) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        const transport = await whole.dial(...args);
        open.add(transport);
        return transport;
      },
    },
  };
  return state;
}

/** Twenty files; `read` is called before each piece of one, with its name and where it begins. */
function folderWith(read: (name: string, offset: number) => void): ServedFolder {
  const files = names.map((name, at) => [`/site/${name}`, patternBytes(sizeOf(at), at)] as const);
  const folder = memoryFolder(Object.fromEntries(files));
  const openRead = async (...args: Parameters<ServedFolder['openRead']>): Promise<FileReader> => {
    const reader = await folder.openRead(...args);
    let offset = 0;
    return {
      entry: reader.entry,
      read: async (...piece) => {
        read(reader.entry.name, offset);
        const length = await reader.read(...piece);
        offset += length;
        return length;
      },
      [Symbol.asyncDispose]: async () => reader[Symbol.asyncDispose](),
    };
  };
  return changedFolder(folder, { openRead });
}

async function getAll(
  server: FtpServer,
  to: string,
  network: Network,
  ...options: readonly string[]
): Promise<CliRun> {
  const [url, trust] = await addressOf(server, '/site');
  const args = ['get', '-r', ...options, url, to, trust];
  return runCli(args, { environment: annasPassword, network });
}

/** What the user was told, but for what was repeated. */
function failuresIn(told: readonly string[]): string[] {
  return told.filter((line) => !line.startsWith('Note: '));
}

/** The names of the files that stand there whole; nothing else may stand there. */
async function wholeIn(folder: string): Promise<string[]> {
  const there = (await readdir(folder)).toSorted();
  for (const name of there) {
    const at = names.indexOf(name);
    const content = await readFile(join(folder, name));
    expect([name, content.equals(patternBytes(sizeOf(at), at))]).toEqual([name, true]);
  }
  return there;
}

test('a file that breaks the connection that all share costs no other one', async () => {
  await using here = await temporaryFolder();
  const net = breakable();
  const folder = folderWith((name, offset) => {
    if (name === poison && offset > 0) net.breakAll();
  });
  await using server = await startTestServer({ folder });
  const { code, told } = await getAll(server, here.path, net.network, '--connections', '1');
  expect(await wholeIn(join(here.path, 'site'))).toEqual(names.filter((name) => name !== poison));
  expect(code).toBe(1);
  expect(failuresIn(told)).toEqual([expect.stringContaining(`/site/${poison}`)]);
  // One that had begun to come begins again.
  expect(told.join('\n')).toMatch(/Repeating reading \/site\/f\d+: .* broke off after [1-9]/);
  // Each once or twice, and the one as often as any operation is tried.
  expect(server.counters.commands.get('RETR')).toBeLessThanOrEqual(2 * names.length + 2);
});

test.each(['block', 'stream'])(
  'a server that closes every connection in the middle costs no file, in %s mode',
  async (mode) => {
    await using here = await temporaryFolder();
    const net = breakable();
    let left = 1;
    const folder = folderWith((name, offset) => {
      if (name === poison && offset > 0 && left-- > 0) net.breakAll();
    });
    await using server = await startTestServer({ folder });
    const { code, told } = await getAll(server, here.path, net.network, '--mode', mode);
    expect([code, failuresIn(told)]).toEqual([0, []]);
    expect(await wholeIn(join(here.path, 'site'))).toEqual(names);
    const { commands, controlOpened } = server.counters;
    expect(commands.get('RETR') ?? 0).toBeLessThanOrEqual(2 * names.length);
    expect(controlOpened).toBeLessThanOrEqual(16);
  },
);
