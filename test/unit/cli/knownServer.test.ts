import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import { personalities } from '../../../src/server/personality.ts';
import { startTestServer } from '../../support/engine.ts';
import { addressOf, annasPassword, runCli, temporaryFolder } from './cliRun.ts';

// A server that lists by LIST and by STAT, in stream mode only.
async function startServer(): Promise<FtpServer> {
  // STAT alone does not tell a folder that holds one file from that file.
  const files = { '/dir/b.txt': 'b', '/dir/c.txt': 'c' };
  return await startTestServer({ files, personality: personalities['local-time'] });
}

interface Place {
  readonly server: FtpServer;
  readonly home: string;
  readonly options?: readonly string[];
}

/** The commands that one call sent. */
async function commandsOf(
  verb: string,
  { server, home, options = [] }: Place,
): Promise<readonly string[]> {
  const [dir, trust] = await addressOf(server, '/dir');
  const [local, file] = [join(home, 'b.txt'), `${dir}/b.txt`];
  const args: Readonly<Record<string, readonly string[]>> = {
    get: [file, local],
    put: [local, file],
    ls: [dir],
    doctor: [dir],
  };
  const { code, told } = await runCli(
    [verb, ...(args[verb] ?? [file]), trust, '--trace', ...options],
    { environment: annasPassword, homeDirectory: home, platform: 'linux' },
  );
  expect([verb, code]).toEqual([verb, 0]);
  const commands = told.flatMap((line) => (line.startsWith('> ') ? [line.slice(2)] : []));
  // The port is another one each time.
  return commands.map((command) => command.replace(/^(EPRT|PORT) .*/, '$1'));
}

/** What is in the one and not in the other. */
const without = (one: readonly string[], other: readonly string[]): readonly string[] =>
  one.filter((command) => !other.includes(command));

const profilesIn = (home: string): Promise<readonly string[]> =>
  readdir(join(home, '.local', 'state', 'portside', 'profiles')).catch(() => []);

test('the second ls asks a server only what it does not know from the first', async () => {
  await using server = await startServer();
  await using home = await temporaryFolder();
  const place = { server, home: home.path };
  const first = await commandsOf('ls', place);
  const second = await commandsOf('ls', place);
  expect(without(second, first)).toEqual([]);
  // Whether block mode can be had, and whether STAT lists what LIST lists.
  const saved = ['MODE B', 'PWD', 'CWD /dir', 'EPSV', 'LIST -a'];
  expect(without(first, second)).toEqual(saved);
  expect(first.length - second.length).toBe(saved.length);
  expect(await profilesIn(home.path)).toHaveLength(1);
});

test('--no-profile neither uses what is known nor keeps anything', async () => {
  await using server = await startServer();
  await using home = await temporaryFolder();
  const place = { server, home: home.path };
  const anew = { ...place, options: ['--no-profile'] };
  const first = await commandsOf('ls', anew);
  expect(await profilesIn(home.path)).toEqual([]);
  expect(await commandsOf('ls', place)).toEqual(first);
  expect(await commandsOf('ls', anew)).toEqual(first);
});

test('every verb that works with files keeps what it learns, and uses what it knows', async () => {
  for (const verb of ['ls', 'cat', 'get', 'put', 'rm']) {
    await using server = await startServer();
    await using home = await temporaryFolder();
    const place = { server, home: home.path };
    const anew = { ...place, options: ['--no-profile'] };
    // So that there is a file to be sent.
    if (verb === 'put') await commandsOf('get', anew);
    const first = await commandsOf(verb, place);
    expect([verb, first.includes('MODE B')]).toEqual([verb, true]);
    expect([verb, (await profilesIn(home.path)).length]).toEqual([verb, 1]);
    if (verb === 'rm') continue;
    const second = await commandsOf(verb, place);
    expect([verb, second.includes('MODE B')]).toEqual([verb, false]);
  }
});

test('the doctor finds out by itself, and leaves nothing', async () => {
  await using server = await startServer();
  await using home = await temporaryFolder();
  const place = { server, home: home.path };
  const unknown = await commandsOf('doctor', place);
  expect(await profilesIn(home.path)).toEqual([]);
  await commandsOf('ls', place);
  expect((await commandsOf('doctor', place)).toSorted()).toEqual(unknown.toSorted());
});
