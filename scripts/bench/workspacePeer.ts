// Does what a workspace does, over a network that counts: `workspacePeer TARGET files|folders`, the
// target in JSON. It prints what each step cost, as JSON too.
import { systemClock } from '../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { toRemotePath } from '../../src/base/paths.ts';
import { connectFtp } from '../../src/ftp/connectFtp.ts';
import { defaultOptions } from '../../src/ftp/options.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { openRemoteFileSystem } from '../../src/session/openRemoteFileSystem.ts';
import type { FileIdentity } from '../../src/session/remoteFileSystem.ts';
import { sessionDefaults } from '../../src/session/sessionOptions.ts';
import { countedNetwork } from '../../test/support/roundTrips.ts';
import { numbered, type Target } from './site.ts';

/** What one step cost. */
export interface Cost {
  readonly roundTrips: number;
  readonly commands: number;
}

const target = JSON.parse(process.argv[2] ?? '') as Target;
const { host, port, user, password, fingerprint } = target;
const line = countedNetwork();
let commands = 0;
const logger: Logger = {
  ...silentLogger,
  debug: (text) => void (commands += text.startsWith('> ') ? 1 : 0),
  scope: () => logger,
};
const profile = new ServerProfile(allRungs);
const trust = { ...defaultOptions.trust, fingerprints: [fingerprint] };
const calm = { signal: new AbortController().signal };
const at = (name: string) => toRemotePath(`/files/${name}`);
const [first = '', page = '', later = ''] = numbered('f', 3);

let ids = 0;
await using files = openRemoteFileSystem({
  ...sessionDefaults,
  profile,
  connect: (signal) =>
    connectFtp(
      { ...defaultOptions, host, port, trust },
      { user, password },
      { network: line.network, tls: line.tls, clock: systemClock, logger, profile },
      signal,
    ),
  clock: systemClock,
  logger,
  newId: () => `id${ids++}`,
});

async function costOf(step: () => Promise<unknown>): Promise<Cost> {
  const before = { roundTrips: line.roundTrips, commands };
  await step();
  return {
    roundTrips: line.roundTrips - before.roundTrips,
    commands: commands - before.commands,
  };
}

async function save(name: string, text: string, expected: FileIdentity): Promise<FileIdentity> {
  const rules = { ...calm, create: false, overwrite: true, expected };
  const outcome = await files.writeFile(at(name), () => [Buffer.from(text)], rules);
  if (outcome.kind === 'conflict') throw new Error('Nobody else changes these files.');
  return outcome.identity;
}

async function readAndSave(): Promise<Readonly<Record<string, Cost>>> {
  // As a user has done before: looked around, read a file and saved it.
  await files.readDirectory(toRemotePath('/files'), calm);
  await save(first, 'known', (await files.readFile(at(first), calm)).identity);
  let { identity } = await files.readFile(at(page), calm);
  return {
    read: await costOf(() => files.readFile(at(later), calm)),
    saved: await costOf(async () => (identity = await save(page, 'two', identity))),
    savedAgain: await costOf(async () => (identity = await save(page, 'three', identity))),
  };
}

async function deleteAndCopy(): Promise<Readonly<Record<string, Cost>>> {
  await files.readDirectory(toRemotePath('/files'), calm);
  const deleted = await costOf(async () => {
    for (const name of numbered('f', 20)) {
      await files.delete(at(name), { ...calm, recursive: true });
    }
  });
  const [from, to] = [toRemotePath('/site'), toRemotePath('/copy')];
  const copied = await costOf(() => files.copy(from, to, { ...calm, overwrite: false }));
  return { deleted, copied };
}

const costs = process.argv[3] === 'folders' ? await deleteAndCopy() : await readAndSave();
process.stdout.write(`${JSON.stringify(costs)}\n`);
