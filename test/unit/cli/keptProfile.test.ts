import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RecordFolder } from '../../../src/base/recordFolder.ts';
import { type Records, memoryRecords } from '../../../src/base/records.ts';
import { keptProfile } from '../../../src/cli/keptProfile.ts';
import { defaultOptions, type FtpConnectOptions } from '../../../src/ftp/options.ts';
import { allRungs, type Rung } from '../../../src/ftp/rung.ts';
import { FakeClock } from '../session/fakeClock.ts';
import { temporaryFolder } from './cliRun.ts';

const here = { host: '192.0.2.7', port: 40_021, family: 4 } as const;
const there = { host: '192.0.2.21', port: 21, family: 4 } as const;
const epsv = { mode: 'stream', dataPort: 'epsv' } as const;
const pasv = { mode: 'stream', dataPort: 'pasv' } as const;
const shop = { ...defaultOptions, host: 'shop.example.com', port: 21, rungs: allRungs };

const hour = 60 * 60 * 1000;
const clock = new FakeClock();

interface Meeting {
  readonly options?: FtpConnectOptions;
  readonly user?: string;
}

/** A command finds out which rung works. */
async function learn(
  records: Records,
  rung: Rung,
  { options = shop, user = 'anna' }: Meeting = {},
): Promise<void> {
  const { profile, keep } = await keptProfile(options, user, { records, clock });
  profile.enter(here, there).prove(rung, clock.now());
  await keep();
}

/** Where the next command begins. */
async function known(
  records: Records,
  { options = shop, user = 'anna' }: Meeting = {},
): Promise<Rung | undefined> {
  const { profile } = await keptProfile(options, user, { records, clock });
  return profile.enter(here, there).current;
}

const untried = allRungs[0];

/** The one file in a folder. */
async function onlyFile(folder: string): Promise<string> {
  const names = await readdir(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0] ?? '');
}

test('what one command has learnt of a server is known to the next', async () => {
  await using folder = await temporaryFolder();
  expect(await known(new RecordFolder(folder.path))).toEqual(untried);
  await learn(new RecordFolder(folder.path), epsv);
  expect(await known(new RecordFolder(folder.path))).toEqual(epsv);
  const sameName = { options: { ...shop, host: 'Shop.Example.COM' } };
  expect(await known(new RecordFolder(folder.path), sameName)).toEqual(epsv);
});

test.each<[string, Meeting]>([
  ['host', { options: { ...shop, host: 'example.com' } }],
  ['port', { options: { ...shop, port: 2121 } }],
  ['protection', { options: { ...shop, security: 'none' } }],
  [
    'choice of rungs',
    { options: { ...shop, rungs: [untried, pasv, epsv].filter(Boolean) as Rung[] } },
  ],
  ['user', { user: 'bert' }],
])('nothing is known of another %s', async (_, other) => {
  const records = memoryRecords();
  await learn(records, epsv);
  expect(await known(records, other)).toEqual(untried);
});

test('what nobody has used for 90 days is not believed', async () => {
  const records = memoryRecords();
  await learn(records, epsv);
  const later = new FakeClock();
  later.advance(91 * 24 * hour);
  const { profile } = await keptProfile(shop, 'anna', { records, clock: later });
  expect(profile.enter(here, there).current).toEqual(untried);
});

test.skipIf(process.platform === 'win32')('only the user can read it', async () => {
  await using folder = await temporaryFolder();
  const profiles = join(folder.path, 'state', 'profiles');
  await learn(new RecordFolder(profiles), epsv);
  expect((await stat(profiles)).mode & 0o777).toBe(0o700);
  expect((await stat(await onlyFile(profiles))).mode & 0o777).toBe(0o600);
});

test('neither the name of its file nor what is in it tells the user or the host', async () => {
  await using folder = await temporaryFolder();
  await learn(new RecordFolder(folder.path), epsv);
  const path = await onlyFile(folder.path);
  expect(path).toMatch(/[/\\][0-9a-f]{64}\.json$/);
  expect(await readFile(path, 'utf8')).not.toMatch(/anna|shop/);
});

test.each([
  ['torn', '{"framing":"proved","networks":[{"net'],
  ['empty', ''],
  ['of another program', '["a",1]'],
  ['no profile', '{"framing":1,"networks":{"length":1}}'],
  ['of a rung that is none', '{"networks":[{"network":"192.0.2.7 192.0.2.21","rung":"rm"}]}'],
])('a file that is %s counts as nothing, and is mended', async (_, content) => {
  await using folder = await temporaryFolder();
  const records = new RecordFolder(folder.path);
  await learn(records, epsv);
  await writeFile(await onlyFile(folder.path), content);
  expect(await known(records)).toEqual(untried);
  await learn(records, pasv);
  expect(await known(records)).toEqual(pasv);
});

test('of commands that run at once the last one counts, and its file is whole', async () => {
  await using folder = await temporaryFolder();
  const rungs = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? epsv : pasv));
  await Promise.all(rungs.map((rung) => learn(new RecordFolder(folder.path), rung)));
  expect([epsv, pasv]).toContainEqual(await known(new RecordFolder(folder.path)));
  await onlyFile(folder.path);
});

test('the longest unused servers are forgotten once there are more than 256', async () => {
  await using folder = await temporaryFolder();
  const records = new RecordFolder(folder.path);
  for (let other = 0; other < 260; other++) await records.set(`server ${other}`, {});
  await learn(records, epsv);
  expect(await readdir(folder.path)).toHaveLength(256);
  expect(await known(records)).toEqual(epsv);
});

test('nothing is written where nothing is new but the hour', async () => {
  const inMemory = memoryRecords();
  let writes = 0;
  const records: Records = {
    ...inMemory,
    set: async (key, value) => {
      writes += 1;
      await inMemory.set(key, value);
    },
  };
  const time = new FakeClock();
  const use = async (rung: Rung): Promise<void> => {
    const { profile, keep } = await keptProfile(shop, 'anna', { records, clock: time });
    profile.enter(here, there).prove(rung, time.now());
    await keep();
  };
  await use(epsv);
  time.advance(1);
  await use(epsv);
  expect(writes).toBe(1);
  time.advance(24 * hour);
  await use(epsv);
  expect(writes).toBe(2);
  await use(untried ?? epsv);
  expect(writes).toBe(3);
});

test('a folder that cannot be written to costs the command nothing', async () => {
  await using folder = await temporaryFolder();
  const place = join(folder.path, 'file');
  await writeFile(place, '');
  await learn(new RecordFolder(place), epsv);
  expect(await known(new RecordFolder(place))).toEqual(untried);
});
