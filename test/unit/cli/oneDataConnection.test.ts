import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskFolder } from '../../../src/server/folder/diskFolder.ts';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import { patternBytes, startTestServer } from '../../support/engine.ts';
import { addressOf, annasPassword, type CliRun, runCli, temporaryFolder } from './cliRun.ts';

const fileCount = 200;
const oldTime = new Date('2020-02-29T12:34:56Z');

// From empty to 70,000 bytes, among them what fills blocks and records of TLS exactly.
const edges = [0, 1, 16_384, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 70_000];
const sizeOf = (index: number): number => edges[index] ?? (index * 331) % 70_001;
const nameOf = (index: number): string => join(`folder ${index % 9}`, `file ${index} ä.bin`);

async function makeTree(folder: string): Promise<void> {
  for (let index = 0; index < fileCount; index++) {
    const path = join(folder, nameOf(index));
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, patternBytes(sizeOf(index), index));
    await utimes(path, oldTime, oldTime);
  }
}

async function expectTree(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  expect(names.length).toBe(fileCount + 9);
  for (let index = 0; index < fileCount; index++) {
    const content = await readFile(join(folder, nameOf(index)));
    const whole = content.equals(patternBytes(sizeOf(index), index));
    expect([nameOf(index), whole]).toEqual([nameOf(index), true]);
  }
}

async function serveFolder(path: string): Promise<FtpServer> {
  return startTestServer({
    folder: await diskFolder(path),
    tls: 'explicit',
    defaultPortOnly: true,
  });
}

async function run(server: FtpServer, verb: readonly string[]): Promise<CliRun> {
  const [, trust] = await addressOf(server);
  return runCli([...verb, trust], { environment: annasPassword });
}

function expectOneConnection({ counters }: FtpServer): void {
  expect({ data: counters.dataOpened, control: counters.controlOpened }).toEqual({
    data: 1,
    control: 1,
  });
  expect(counters.resumedHandshakes).toBe(1);
}

test('ls of a folder with 200 files takes one data connection', async () => {
  await using folder = await temporaryFolder();
  for (let index = 0; index < fileCount; index++) {
    await writeFile(join(folder.path, `f${index}`), patternBytes(sizeOf(index)));
  }
  await using server = await serveFolder(folder.path);
  const [url] = await addressOf(server, '/');
  const { code, output, told } = await run(server, ['ls', '--json', url]);
  expect([code, told]).toEqual([0, []]);
  const { entries } = JSON.parse(output.toString()) as {
    entries: { name: string; size: number }[];
  };
  expect(new Map(entries.map(({ name, size }) => [name, size]))).toEqual(
    new Map(Array.from({ length: fileCount }, (_, index) => [`f${index}`, sizeOf(index)])),
  );
  expectOneConnection(server);
});

test('get -r of 200 files takes one data connection, and every byte and time arrives', async () => {
  await using served = await temporaryFolder();
  await using here = await temporaryFolder();
  await makeTree(join(served.path, 'tree'));
  await using server = await serveFolder(served.path);
  const [url] = await addressOf(server, '/tree');
  const to = join(here.path, 'copy');
  const { code, told } = await run(server, ['get', '-r', url, to]);
  expect([code, told]).toEqual([0, []]);
  await expectTree(to);
  const times = new Set<number>();
  for (let index = 0; index < fileCount; index++) {
    times.add((await stat(join(to, nameOf(index)))).mtimeMs);
  }
  expect([...times]).toEqual([oldTime.getTime()]);
  expectOneConnection(server);
});

test('put -r of 200 files over one connection takes one data connection, and every byte arrives', async () => {
  await using served = await temporaryFolder();
  await using here = await temporaryFolder();
  await makeTree(join(here.path, 'tree'));
  await using server = await serveFolder(served.path);
  const [url] = await addressOf(server, '/made/on/the way');
  const { code, told } = await run(server, [
    'put',
    '-r',
    '--connections',
    '1',
    join(here.path, 'tree'),
    url,
  ]);
  expect([code, told]).toEqual([0, []]);
  await expectTree(join(served.path, 'made/on/the way'));
  expectOneConnection(server);
});

test('several connections copy the same tree', async () => {
  await using served = await temporaryFolder();
  await using here = await temporaryFolder();
  await makeTree(join(here.path, 'tree'));
  await using server = await serveFolder(served.path);
  const [url] = await addressOf(server, '/');
  const four = ['--connections', '4'];
  const sent = await run(server, ['put', '-r', join(here.path, 'tree'), url, ...four]);
  expect([sent.code, sent.told]).toEqual([0, []]);
  await expectTree(join(served.path, 'tree'));
  const back = await run(server, ['get', '-r', `${url}tree`, join(here.path, 'back'), ...four]);
  expect([back.code, back.told]).toEqual([0, []]);
  await expectTree(join(here.path, 'back'));
  expect(server.counters.controlOpened).toBeGreaterThan(2);
  expect(server.counters.controlOpened).toBeLessThanOrEqual(8);
});
