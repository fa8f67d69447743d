import { expect, test } from 'vitest';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import type { FileIdentity, RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { at, live, startTestServer } from '../support/engine.ts';
import { openSession } from '../support/session.ts';

// What a folder asks of our own server, command by command.

const calm = { signal: live };

interface Site extends AsyncDisposable {
  readonly files: RemoteFileSystem;
  readonly server: FtpServer;
  /** The commands since the last call. */
  commands(): string[];
}

async function openSite(files: Record<string, string | Uint8Array>): Promise<Site> {
  const said: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    debug: (line) => {
      if (line.startsWith('> ')) said.push(line.slice(2));
    },
    scope: () => logger,
  };
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startTestServer({ files, logger }));
  const session = opened.use(openSession(server.endpoint.port));
  const kept = opened.move();
  return {
    files: session,
    server,
    commands: () => said.splice(0),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** So many files of a folder. */
function manyFiles(folder: string, count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${folder}/${index}.txt`, `content ${index}`]),
  );
}

test('files of a known folder are deleted by one command each, and the folder is not listed again', async () => {
  await using site = await openSite(manyFiles('/big', 1_000));
  const { files } = site;
  await files.readDirectory(at('/big'), calm);
  const names = Array.from({ length: 20 }, (_, index) => at(`/big/${index * 7}.txt`));
  site.commands();
  for (const name of names) await files.delete(name, { ...calm, recursive: true });
  const [first, ...others] = names;
  // The first one shows that the server's confirmations are true.
  const proof = [`MLST ${first}`, 'PWD'];
  expect(site.commands()).toEqual([
    `DELE ${first}`,
    ...proof,
    ...others.map((name) => `DELE ${name}`),
  ]);
  expect(await files.readDirectory(at('/big'), calm)).toHaveLength(980);
  expect(site.commands()).toEqual([]);
});

test('a save asks nothing twice, nor what the answer before has told', async () => {
  await using site = await openSite({ '/page.html': 'one' });
  const { files } = site;
  await files.readDirectory(at('/'), calm);
  const save = async (text: string, expected: FileIdentity): Promise<FileIdentity> => {
    const rules = { ...calm, create: false, overwrite: true, expected };
    const outcome = await files.writeFile(at('/page.html'), () => [Buffer.from(text)], rules);
    if (outcome.kind === 'conflict') throw new Error('There is no conflict');
    return outcome.identity;
  };
  const { identity } = await files.readFile(at('/page.html'), calm);
  const saved = await save('two', identity);
  site.commands();
  await save('three', saved);
  const [temporary, file] = ['/.portside-id1-page.html', '/page.html'];
  expect(site.commands()).toEqual([
    `STOR ${temporary}`,
    // Whether all of it arrived, and what it replaces.
    `MLST ${temporary}`,
    `HASH ${temporary}`,
    `MLST ${file}`,
    `HASH ${file}`,
    `RNFR ${temporary}`,
    `RNTO ${file}`,
    // The very file that was sent stands there.
    `MLST ${file}`,
  ]);
});

test('the files that a new window looks for in vain cost one listing', async () => {
  await using site = await openSite({ '/page.html': 'one' });
  const { files } = site;
  const missing = ['.vscode/settings.json', '.vscode/tasks.json', '.github/a/b.json', '.mcp.json'];
  const reads = [...missing, ...missing].map((name) => files.readFile(at(`/${name}`), calm));
  for (const read of await Promise.allSettled(reads)) {
    expect(read).toMatchObject({ status: 'rejected', reason: { reason: 'notFound' } });
  }
  expect((await files.readFile(at('/page.html'), calm)).content.length).toBe(3);
  const login = ['AUTH', 'USER', 'PASS', 'PBSZ', 'PROT', 'FEAT', 'OPTS', 'TYPE', 'MODE'];
  const said = site.commands().map((command) => command.split(' ')[0] ?? '');
  const asked = said.filter((verb) => !login.includes(verb));
  expect(asked.toSorted()).toEqual(['MLSD', 'MLST', 'PWD', 'RETR']);
  expect(site.server.counters.controlOpened).toBe(1);
});

test('a copy of a folder costs four commands a file and two listings', async () => {
  await using site = await openSite({ '/page.html': 'one', ...manyFiles('/from', 96) });
  const { files } = site;
  // A save shows that the server renames what came under a temporary name.
  const rules = { ...calm, create: true, overwrite: true };
  await files.writeFile(at('/page.html'), () => [Buffer.from('two')], rules);
  site.commands();
  await files.copy(at('/from'), at('/to'), { ...calm, overwrite: false });
  const counts = new Map<string, number>();
  for (const command of site.commands()) {
    const verb = command.split(' ')[0] ?? '';
    counts.set(verb, (counts.get(verb) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({
    // Of both folders; of the new one, whose 257 is seen to be true; and of one file of a first listing.
    MLST: 4,
    PWD: 1,
    MKD: 1,
    RETR: 96,
    STOR: 96,
    RNFR: 96,
    RNTO: 96,
    // What is copied; what has arrived; what has taken its name.
    MLSD: 3,
  });
  expect(await files.readDirectory(at('/to'), calm)).toHaveLength(96);
});
