// What copying many small files costs in round trips, commands and connections: none of it depends on
// how fast this machine is. A number that falls is to be written here.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskFolder } from '../../../src/server/folder/diskFolder.ts';
import { patternBytes, startTestServer } from '../../support/engine.ts';
import { countedNetwork } from '../../support/roundTrips.ts';
import { addressOf, annasPassword, runCli, temporaryFolder } from './cliRun.ts';

const count = 200;

interface Cost {
  readonly roundTrips: number;
  readonly commands: number;
  readonly control: number;
  readonly data: number;
}

// Where this machine pauses, one more may be seen, and a question be asked once more.
const spare = 3;

/** The most that each may cost, by the names of the courses below. */
const costs: Readonly<Record<string, Cost>> = {
  // The connection, AUTH, TLS, the login, what the server can do, the data connection with its TLS, and
  // the listing.
  'the first listing of a server that is not known': {
    roundTrips: 11,
    commands: 12,
    control: 1,
    data: 1,
  },
  // The same commands, and fewer of them wait for the reply to the one before.
  'the first listing of a known server': { roundTrips: 7, commands: 12, control: 1, data: 1 },
  // RETR behind RETR: one command a file.
  '200 files of 4 KiB down': { roundTrips: 13, commands: 214, control: 1, data: 1 },
  // Seven commands a file: STOR, MLST and HASH of the temporary file, MLST of what it replaces, RNFR,
  // RNTO and what stands there then.
  '200 files of 4 KiB up': { roundTrips: 24, commands: 1418, control: 1, data: 1 },
  // MLSD behind MLSD: one command a folder.
  'listings of 200 folders': { roundTrips: 13, commands: 214, control: 1, data: 1 },
};

interface Course {
  /** Makes what there is on the server and here. */
  readonly prepare: (server: string, here: string) => Promise<void>;
  /** Of the command, with the server's address and the folder here. */
  readonly words: (url: string, here: string) => readonly string[];
  /** False: the server was never met before. */
  readonly known: boolean;
}

async function makeFiles(folder: string): Promise<void> {
  await mkdir(folder);
  for (let index = 0; index < count; index++) {
    await writeFile(join(folder, `f${index}`), patternBytes(4096, index));
  }
}

async function makeFolders(folder: string): Promise<void> {
  for (let index = 0; index < count; index++) {
    await mkdir(join(folder, `d${index}`), { recursive: true });
  }
}

async function costOf({ prepare, words, known }: Course): Promise<Cost> {
  await using served = await temporaryFolder();
  await using here = await temporaryFolder();
  await using home = await temporaryFolder();
  await prepare(served.path, here.path);
  await using server = await startTestServer({ folder: await diskFolder(served.path) });
  const [url, trust] = await addressOf(server);
  const options = { environment: annasPassword, homeDirectory: home.path };
  if (known) expect((await runCli(['ls', trust, `${url}/`], options)).code).toBe(0);
  const { controlOpened, dataOpened } = server.counters;
  const line = countedNetwork();
  const { code, told } = await runCli([...words(url, here.path), trust, '--trace'], {
    ...options,
    network: line.network,
    tls: line.tls,
  });
  expect([code, ...(code === 0 ? [] : told)]).toEqual([0]);
  return {
    roundTrips: line.roundTrips,
    commands: told.filter((text) => text.startsWith('> ')).length,
    control: server.counters.controlOpened - controlOpened,
    data: server.counters.dataOpened - dataOpened,
  };
}

const nothing = async (): Promise<void> => {};

const courses: Readonly<Record<string, Course>> = {
  'the first listing of a server that is not known': {
    prepare: nothing,
    words: (url) => ['ls', `${url}/`],
    known: false,
  },
  'the first listing of a known server': {
    prepare: nothing,
    words: (url) => ['ls', `${url}/`],
    known: true,
  },
  '200 files of 4 KiB down': {
    prepare: (server) => makeFiles(join(server, 'files')),
    words: (url, here) => ['get', '-r', `${url}/files`, here],
    known: true,
  },
  '200 files of 4 KiB up': {
    prepare: (_, here) => makeFiles(join(here, 'files')),
    words: (url, here) => ['put', '-r', join(here, 'files'), `${url}/`],
    known: true,
  },
  'listings of 200 folders': {
    prepare: (server) => makeFolders(join(server, 'folders')),
    words: (url, here) => ['get', '-r', `${url}/folders`, here],
    known: true,
  },
};

test.each(Object.entries(courses))('%s costs what is written here', async (name, course) => {
  const { roundTrips, commands, control, data } = await costOf(course);
  const most = costs[name];
  expect(roundTrips).toBeLessThanOrEqual((most?.roundTrips ?? 0) + spare);
  expect(commands).toBeLessThanOrEqual((most?.commands ?? 0) + spare);
  expect({ control, data }).toEqual({ control: most?.control, data: most?.data });
});
