import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { forEachOf } from '../../src/base/concurrency.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { diskFolder } from '../../src/server/folder/diskFolder.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import type { Personality } from '../../src/server/personality.ts';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { at, live, startTestServer } from '../support/engine.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';
import type { Fault } from './fault.ts';
import { FaultProxy } from './faultProxy.ts';
import { fingerprint, readTree, type Tree, writeTree } from './tree.ts';
import { openSession } from '../support/session.ts';

expectNoUnhandledErrors();

const rungs: readonly Rung[] = [{ mode: 'stream', dataPort: 'epsv' }];
const signal = live;

const noMlst = ['MLSD', 'MLST', 'MFMT', 'HASH'];
const servers: Readonly<Record<string, Personality>> = {
  'one that renames over a file': {},
  'one that renames over a file, without MLST': { unknown: noMlst },
  'one that does not rename over a file': { keepsOnRename: true },
  'one that does not rename over a file, without MLST': { keepsOnRename: true, unknown: noMlst },
  'one that lists alone': { unknown: [...noMlst, 'SIZE', 'MDTM'] },
};

interface Operation {
  readonly before: Tree;
  readonly after: Tree;
  /** It deletes files of the user, and not only what a save put aside. */
  readonly deletes?: boolean;
  act(files: RemoteFileSystem, home: string): Promise<unknown>;
}

const [old, fresh] = ['old', 'new'].map((text) => Buffer.from(text));
const tree = (...entries: readonly (readonly [string, 'folder' | Buffer | undefined])[]): Tree =>
  new Map(entries.map(([name, content]) => [name, content ?? Buffer.alloc(0)]));

const write = (files: RemoteFileSystem, home: string): Promise<unknown> =>
  files.writeFile(at(`${home}/f.txt`), () => [fresh ?? ''].map((text) => Buffer.from(text)), {
    signal,
    create: true,
    overwrite: true,
  });
const rename = (from: string, to: string, overwrite: boolean): Operation['act'] => {
  return (files, home) =>
    files.rename(at(`${home}/${from}`), at(`${home}/${to}`), { signal, overwrite });
};

const operations: Readonly<Record<string, Operation>> = {
  'a save over an old file': {
    before: tree(['f.txt', old]),
    after: tree(['f.txt', fresh]),
    act: write,
  },
  'a save of what was read': {
    before: tree(['f.txt', old]),
    after: tree(['f.txt', fresh]),
    act: async (files, home) => {
      const { identity } = await files.readFile(at(`${home}/f.txt`), { signal });
      const rules = { create: false, overwrite: true, expected: identity };
      const outcome = await files.writeFile(at(`${home}/f.txt`), () => [Buffer.from('new')], {
        signal,
        ...rules,
      });
      if (outcome.kind !== 'written') throw new Error(outcome.kind);
    },
  },
  'a save of a new file': { before: tree(), after: tree(['f.txt', fresh]), act: write },
  'a rename': {
    before: tree(['a.txt', old]),
    after: tree(['b.txt', old]),
    act: rename('a.txt', 'b.txt', false),
  },
  'a rename over a file of the same size': {
    before: tree(['a.txt', fresh], ['b.txt', old]),
    after: tree(['b.txt', fresh]),
    act: rename('a.txt', 'b.txt', true),
  },
  'a rename of a folder': {
    before: tree(['d', 'folder'], ['d/a.txt', old]),
    after: tree(['e', 'folder'], ['e/a.txt', old]),
    act: rename('d', 'e', false),
  },
  'a folder that is made': {
    before: tree(['f.txt', old]),
    after: tree(['d', 'folder'], ['f.txt', old]),
    act: (files, home) => files.createDirectory(at(`${home}/d`), { signal }),
  },
  'a folder that is deleted': {
    before: tree(['d', 'folder'], ['d/a.txt', old], ['d/b.txt', old], ['d/e', 'folder']),
    after: tree(),
    deletes: true,
    act: (files, home) => files.delete(at(`${home}/d`), { signal, recursive: true }),
  },
};

const denials = ['426 No', '450 No', '451 No', '550 No', '553 No', '350 And then?'];
const consents = ['250 Done', '200 Done', '226 Done'];
const strays = [
  '200 Late',
  '213 3',
  '226 Late',
  '250 Late',
  '257 "/"',
  '350 Late',
  '451 Late',
  '550 Late',
];
const onReply = { at: 'reply', preliminary: false } as const;

function* lies(): Generator<Fault & { readonly at: 'reply' | 'feigned' }> {
  for (const nth of [1, 2, 3]) {
    for (const text of denials)
      yield { ...onReply, verb: 'RNTO', nth, fault: { how: 'lie', text } };
    for (const text of consents) yield { at: 'feigned', verb: 'RNTO', nth, text };
    for (const text of [...denials.slice(0, -1), '521 There', '552 Full'])
      yield { ...onReply, verb: 'MKD', nth, fault: { how: 'lie', text } };
    for (const text of ['450 No', '550 No']) {
      for (const verb of ['DELE', 'RMD'])
        yield { ...onReply, verb, nth, fault: { how: 'lie', text } };
    }
    for (const text of consents) yield { at: 'feigned', verb: 'DELE', nth, text };
    for (const text of strays)
      yield { ...onReply, verb: 'RNTO', nth, fault: { how: 'extra', text } };
    for (const text of ['226 Late', '250 Late', '550 Late']) {
      for (const verb of ['RNFR', 'DELE', 'MKD']) {
        yield { ...onReply, verb, nth, fault: { how: 'extra', text } };
      }
    }
    for (const verb of ['RNFR', 'RNTO', 'SIZE', 'MLST', 'MDTM', 'HASH', 'STOR', 'DELE', 'RMD']) {
      yield { ...onReply, verb, nth, fault: { how: 'doubled' } };
    }
  }
}

// The pauses before a repetition are no part of what is looked at here.
const hurried: Clock = {
  ...systemClock,
  now: () => systemClock.now(),
  deadline: (...args) => systemClock.deadline(...args),
  sleep: (ms, until) => systemClock.sleep(ms <= 500 ? 0 : ms, until),
};

function open(proxy: FaultProxy): RemoteFileSystem {
  const engine = {
    security: 'none',
    rungs,
    network: proxy.network(tcpNetwork(systemClock)),
    timeouts: { reply: 2_000, dataConnection: 2_000, stall: 2_000, storeConfirmation: 500 },
  } as const;
  return openSession(proxy.port, engine, { clock: hurried });
}

interface Place {
  readonly server: FtpServer;
  readonly root: string;
  readonly home: string;
}

/** What is said when all goes well. */
async function rehearse(place: Place, operation: Operation): Promise<readonly string[]> {
  const { wrong, proxy } = await run(place, operation, undefined);
  expect(wrong).toBeUndefined();
  return proxy.rehearsal.verbs;
}

async function run(
  { server, root, home }: Place,
  operation: Operation,
  fault: Fault | undefined,
): Promise<{ readonly wrong: string | undefined; readonly proxy: FaultProxy }> {
  await mkdir(join(root, home));
  await writeTree(join(root, home), operation.before);
  await using proxy = new FaultProxy(server.endpoint.port, false, async () => {});
  await proxy.listen();
  await using files = open(proxy);
  // The connection is there, and the folder is known.
  await files.readDirectory(at(home), { signal });
  proxy.arm(fault);
  const told = await operation.act(files, home).then(
    () => 'done',
    (error: unknown) => String(error),
  );
  const disk = await readTree(join(root, home));
  const [is, wanted] = [disk, operation.after].map((found) => written(found));
  if (told === 'done' && is === wanted) {
    return { wrong: undefined, proxy };
  }
  const end = proxy.trace.slice(-30).join('\n');
  return { wrong: `${told}; ${is || 'nothing'}, not ${wanted}\n${end}`, proxy };
}

function written(found: Tree): string {
  const lines = [...found].map(([name, content]) => `${name}=${fingerprint(content)}`);
  return lines.toSorted().join(' ');
}

describe.each(Object.entries(servers))('%s', (_server, personality) => {
  test.each(Object.entries(operations))(
    'whose replies lie once about %s: it is done, and told so',
    { timeout: 120_000 },
    async (_name, operation) => {
      await using folder = await makeTemporaryFolder('lies');
      const root = folder.path;
      await using server = await startTestServer({
        folder: await diskFolder(root),
        tls: 'none',
        personality,
      });
      const said = await rehearse({ server, root, home: '/calm' }, operation);
      const heard = [...lies()]
        .filter(({ verb, nth }) => said.filter((other) => other === verb).length >= nth)
        // That is told as failed, and rightly.
        .filter(({ at, verb }) => !(operation.deletes && at === 'feigned' && verb === 'DELE'));
      let fired = 0;
      const problems: string[] = [];
      await forEachOf(heard.entries(), { atOnce: 6, signal }, async ([index, fault]) => {
        const place = { server, root, home: `/run-${index}` };
        const { wrong, proxy } = await run(place, operation, fault);
        if (proxy.fired) fired++;
        if (wrong !== undefined) problems.push(`${JSON.stringify(fault)}: ${wrong}`);
      });
      expect(problems).toEqual([]);
      // Where files are deleted side by side, not every run says the same in the same order.
      expect(fired).toBeGreaterThan(Math.max(5, heard.length * 0.8));
    },
  );
});
