import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileIdentity } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer, type FakeServerOptions, type Fault } from '../fakeConnection.ts';
import { bytes, openFake, path } from '../fakeSession.ts';

const oldText = 'the old bytes, all of them';
const newText = 'and the new ones, which are some more';

const servers: Readonly<Record<string, FakeServerOptions>> = {
  'one with MLST': { mode: '0644' },
  'one with SIZE and MDTM only': { mlst: false },
  'one with HASH and unique facts': { hash: true, unique: true },
  'one that tells nothing of a single name': { mlst: false, size: false },
  'one with HASH': { hash: true },
  'one that does not rename over a file': { renameOver: false },
  'one that does not rename over a file, with SIZE and MDTM only': {
    renameOver: false,
    mlst: false,
  },
  'one that takes no new names': { newNames: false },
};

const faults: readonly Fault[] = [
  'reply550',
  'reply451',
  'lostBefore',
  'lostAfter',
  'cancel',
  'cancelAfter',
];

interface Case {
  readonly server: FakeServerOptions;
  readonly old: boolean;
  readonly expecting: boolean;
  readonly warm: boolean;
  readonly fault: (index: number) => Fault | undefined;
}

interface Result {
  readonly told: 'written' | 'conflict' | 'failed' | 'doubtful';
  readonly error: string;
  readonly at: string | undefined;
  readonly temporaryFiles: readonly (string | undefined)[];
  readonly commands: readonly string[];
}

async function save({ server: options, old, expecting, warm, fault }: Case): Promise<Result> {
  const server = new FakeServer(options);
  if (old) server.file('/a.txt', oldText);
  const controller = new AbortController();
  const { signal } = controller;
  await using files = openFake(server);
  let expected: FileIdentity | 'absent' = 'absent';
  if (warm) {
    // Its clock is known, and that it tells exact facts: the check goes out together with the STOR.
    server.clock.advance(10_000);
    const rules = { create: true, overwrite: true };
    await files.writeFile(path('/warm'), () => [bytes('w')], { signal, ...rules });
  }
  if (expecting && old) expected = (await files.readFile(path('/a.txt'), { signal })).identity;
  const before = server.commands.length;
  server.cancel = () => controller.abort(new Error('The user has cancelled'));
  server.fault = (index) => fault(index - before);
  let told: Result['told'] = 'failed';
  let error = '';
  try {
    const rules = { create: true, overwrite: true, ...(expecting && { expected }) };
    const outcome = await files.writeFile(path('/a.txt'), () => pieces(), { signal, ...rules });
    told = outcome.kind;
  } catch (caught) {
    error = String(caught);
    if (/may (?:or may not|be damaged)/.test(error)) told = 'doubtful';
  }
  const commands = server.commands.slice(before);
  const left = server.names('/').filter((name) => name !== 'a.txt' && name !== 'warm');
  const temporaryFiles = left.map((name) => server.text(`/${name}`));
  return { told, error, at: server.text('/a.txt'), temporaryFiles, commands };
}

function* pieces(): Generator<Uint8Array> {
  const content = bytes(newText);
  for (let at = 0; at < content.length; at += 10) yield content.subarray(at, at + 10);
}

interface OneFault {
  readonly old: boolean;
  readonly expecting: boolean;
  readonly warm: boolean;
  readonly at: number;
  readonly command: string;
  readonly fault: Fault;
}

/** With and without an old file, an expectation, and what an earlier save has taught. */
function waysOf(server: FakeServerOptions): Pick<Case, 'old' | 'expecting' | 'warm'>[] {
  const both = [true, false];
  const closed = server.newNames === false;
  return both
    .flatMap((old) => both.map((expecting) => ({ old, expecting })))
    .flatMap((ways) => both.map((warm) => ({ ...ways, warm })))
    .filter(({ old, warm }) => !closed || (old && !warm));
}

/** Every command of a save, and every way in which it can fail. */
async function everyFault(server: FakeServerOptions): Promise<readonly OneFault[]> {
  const all: OneFault[] = [];
  for (const ways of waysOf(server)) {
    const { commands } = await save({ server, ...ways, fault: quiet });
    for (const [at, command] of commands.entries()) {
      all.push(...faults.map((fault) => ({ ...ways, at, command, fault })));
    }
  }
  return all;
}

const quiet = (): undefined => undefined;

describe.each(Object.entries(servers))('a save on %s', (_name, server) => {
  it('replaces the old file when nothing fails, and leaves nothing beside it', async () => {
    for (const ways of waysOf(server)) {
      const result = await save({ server, ...ways, fault: quiet });
      expect(result).toMatchObject({ told: 'written', at: newText, temporaryFiles: [] });
    }
  });

  it('keeps the old or the new file whole whichever command fails, and tells which', async () => {
    let runs = 0;
    for (const { at, command, fault, ...ways } of await everyFault(server)) {
      const { old } = ways;
      const once = (index: number): Fault | undefined => (index === at ? fault : undefined);
      const result = await save({ server, ...ways, fault: once });
      const what = `${fault} at ${at} (${command}), old: ${old}: ${JSON.stringify(result)}`;
      runs++;
      expect(['written', 'failed'], what).toContain(result.told);
      const stands = result.told === 'written' ? newText : old ? oldText : undefined;
      expect(result.at, what).toBe(stands);
      expect(result.temporaryFiles, what).toEqual([]);
    }
    expect(runs).toBeGreaterThan(faults.length * 4);
  });

  it('loses neither file when two or three commands fail', async () => {
    const anyFault = fc.constantFrom<Fault>(...faults);
    const plan = fc.dictionary(fc.integer({ min: 0, max: 24 }).map(String), anyFault, {
      minKeys: 2,
      maxKeys: 3,
    });
    await fc.assert(
      fc.asyncProperty(plan, fc.constantFrom(...waysOf(server)), async (plan, ways) => {
        const { old } = ways;
        const fault = (index: number): Fault | undefined => plan[index];
        const result = await save({ server, ...ways, fault });
        const somewhere = [result.at, ...result.temporaryFiles];
        const what = JSON.stringify(result);
        if (result.told === 'written') expect(result.at, what).toBe(newText);
        else if (result.told === 'failed') expect(result.at, what).toBe(old ? oldText : undefined);
        else if (old && server.newNames !== false) {
          expect(
            [oldText, newText].some((text) => somewhere.includes(text)),
            what,
          ).toBe(true);
          if (result.at !== undefined) expect([oldText, newText], what).toContain(result.at);
        }
      }),
      { numRuns: 300 },
    );
  });
});
