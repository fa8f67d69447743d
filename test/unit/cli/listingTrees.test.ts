import { expect, test } from 'vitest';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import { FolderError, type ServedFolder } from '../../../src/server/folder/servedFolder.ts';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import { startTestServer } from '../../support/engine.ts';
import { changedFolder } from '../server/testServer.ts';
import { addressOf, annasPassword, type CliOptions, type CliRun, runCli } from './cliRun.ts';

async function ls(
  server: FtpServer,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliRun> {
  const [url, trust] = await addressOf(server, '/site');
  return runCli(['ls', ...args, url, trust], { environment: annasPassword, ...options });
}

interface FolderJson {
  readonly path: string;
  readonly entries: readonly { readonly name: string }[];
}

function foldersOf({ output }: CliRun): string[] {
  const folders = JSON.parse(output.toString()) as readonly FolderJson[];
  return folders.map(
    ({ path, entries }) => `${path}: ${entries.map(({ name }) => name).join(' ')}`,
  );
}

const files = {
  '/site/z': '12345',
  '/site/b/two': '22',
  '/site/b/inner/three': '333',
  '/site/a/one': '1',
  '/other': '',
};

const tree = ['/site: a b z', '/site/a: one', '/site/b: inner two', '/site/b/inner: three'];

test('ls -R writes each folder before those in it, sorted', async () => {
  await using server = await startTestServer({ files });
  const { code, output, told } = await ls(server, ['-R']);
  expect([code, told]).toEqual([0, []]);
  const sections = output.toString().split('\n\n');
  const names = sections.map((section) =>
    section
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').at(-1)?.replace(/\/$/, ''))
      .join(' '),
  );
  expect(names).toEqual(tree);
});

test('ls -R --json is one document, of an empty folder and of one file too', async () => {
  await using server = await startTestServer({ files });
  expect(foldersOf(await ls(server, ['-R', '--json']))).toEqual(tree);
  const [url, trust] = await addressOf(server, '/site/a/one');
  const one = await runCli(['ls', '-R', '--json', url, trust], { environment: annasPassword });
  expect(foldersOf(one)).toEqual(['/site/a/one: one']);
});

test('ls -R of 200 folders takes one data connection, and asks for each once', async () => {
  const names = Array.from({ length: 200 }, (_, at) => `/site/${at % 10}/${at}/file`);
  await using server = await startTestServer({
    files: Object.fromEntries(names.map((name) => [name, ''])),
  });
  const run = await ls(server, ['-R', '--json']);
  expect(foldersOf(run)).toHaveLength(211);
  const { controlOpened, dataOpened, commands } = server.counters;
  expect([controlOpened, dataOpened, commands.get('MLSD')]).toEqual([1, 1, 211]);
});

test('ls -R of a tree without a floor comes to its end, and says where', async () => {
  const deep = `/site/${'d/'.repeat(200)}file`;
  await using server = await startTestServer({ files: { [deep]: '' } });
  const run = await ls(server, ['-R', '--json']);
  expect(foldersOf(run)).toHaveLength(129);
  expect([run.code, run.told]).toEqual([
    1,
    [expect.stringMatching(/^The folders in \/site\/d.* too deep/)],
  ]);
  expect(server.counters.commands.get('MLSD')).toBe(129);
});

/** Something happens when /site/b is to be listed, and it is refused. */
function refusing(happens: () => void = () => {}): ServedFolder {
  const folder = memoryFolder(files);
  const openList: ServedFolder['openList'] = async (path) => {
    if (path !== '/site/b') return await folder.openList(path);
    happens();
    throw new FolderError('denied', path);
  };
  return changedFolder(folder, { openList });
}

test('ls -R tells of a folder that cannot be listed, and goes on', async () => {
  await using server = await startTestServer({ folder: refusing() });
  const run = await ls(server, ['-R', '--json']);
  expect(foldersOf(run)).toEqual(['/site: a b z', '/site/a: one']);
  const told = run.told.filter((line) => !line.startsWith('Note: '));
  expect([run.code, told]).toEqual([1, [expect.stringContaining('/site/b')]]);
});

test('ls -R ends when the server is lost, and says so', async () => {
  const lost = Promise.withResolvers<void>();
  await using server = await startTestServer({ folder: refusing(() => lost.resolve()) });
  void lost.promise.then(() => server[Symbol.asyncDispose]());
  const { code, told } = await ls(server, ['-R']);
  expect(code).toBe(1);
  expect(told.filter((line) => line.includes('/site/b failed'))).toHaveLength(1);
  expect(told.at(-1)).toMatch(/^The rest was not listed\. /);
});
