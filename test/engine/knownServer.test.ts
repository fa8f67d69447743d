import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { Logger } from '../../src/base/logger.ts';
import {
  parseRememberedProfile,
  type RememberedProfile,
} from '../../src/ftp/profile/rememberedProfile.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import {
  type Personality,
  type PersonalityName,
  personalities,
} from '../../src/server/personality.ts';
import { at, connectEngine, live, startTestServer } from '../support/engine.ts';
import { listeningLogger } from '../support/listeningLogger.ts';
import { openSession } from '../support/session.ts';

const files = { '/a.txt': 'base', '/dir/b.txt': 'beside', '/dir/.hidden': 'x' };

// The login is of each connection, and so is what the server is set to.
const ofTheConnection = /^(?:AUTH|PBSZ|PROT|USER|PASS|FEAT|OPTS|TYPE|MODE|QUIT)\b/;

type Start = readonly string[];

/** The commands of two starts on one server: each lists, reads a file and saves it. */
async function twoStarts(
  personality: Personality,
  later: Personality = personality,
): Promise<readonly [Start, Start]> {
  const { said, logger } = listener();
  let remembered: RememberedProfile | undefined;
  const starts: Start[] = [];
  for (const [text, own] of [
    ['one', personality],
    ['two', later],
  ] as const) {
    await using server = await startTestServer({ files, logger, personality: own });
    // As it comes back from a store.
    const kept: unknown = JSON.parse(JSON.stringify(remembered ?? null));
    remembered = await start(
      server.endpoint.port,
      text,
      parseRememberedProfile(kept, systemClock.now()),
    );
    starts.push(said.splice(0));
  }
  const [first = [], second = []] = starts;
  return [first, second];
}

function listener(): { readonly said: string[]; readonly logger: Logger } {
  const said: string[] = [];
  const logger = listeningLogger(['debug'], (line) => {
    const command = line.startsWith('> ') ? line.slice(2) : '';
    if (command === '' || ofTheConnection.test(command)) return;
    said.push(command.replace(/\/\.portside-\w+-b\.txt/, '/new'));
  });
  return { said, logger };
}

async function start(
  port: number,
  text: string,
  kept?: RememberedProfile,
): Promise<RememberedProfile | undefined> {
  const profile = new ServerProfile(allRungs, kept);
  let ids = 0;
  await using fs = openSession(
    port,
    { profile },
    { profile, maxConnections: 1, newId: () => `${text}${ids++}` },
  );
  const options = { signal: live };
  await fs.readDirectory(at('/'), options);
  const names = await fs.readDirectory(at('/dir'), options);
  expect(names.map(({ name }) => name).toSorted()).toEqual(['.hidden', 'b.txt']);
  const { identity } = await fs.readFile(at('/dir/b.txt'), options);
  const rules = { ...options, create: true, overwrite: true, expected: identity };
  const outcome = await fs.writeFile(at('/dir/b.txt'), () => [Buffer.from(text)], rules);
  expect(outcome.kind).toBe('written');
  const { content } = await fs.readFile(at('/dir/b.txt'), options);
  expect(Buffer.from(content).toString()).toBe(text);
  return profile.remember(systemClock.now());
}

/** What is in the one and not in the other, each as often as it is there. */
function without(one: Start, other: Start): Start {
  const left = [...other];
  return one.filter((command) => {
    const at = left.indexOf(command);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

// What a first start asks beside its work. What is a check stays, and is asked at each start: that MLSD
// obeys its pathname, that SIZE means a file, that files can be renamed over, and the zone of times.
const lessons: readonly (readonly [PersonalityName, Start])[] = [
  // Whether files can be renamed.
  ['standard', ['RNFR /dir/b.txt']],
  ['iis', ['RNFR /dir/b.txt']],
  // Whether STAT lists what LIST lists, and the same as above.
  ['local-time', ['PWD', 'CWD /', 'EPSV', 'LIST -a', 'RNFR /dir/b.txt']],
];

for (const [name, questions] of lessons) {
  test(`a second start on a known server asks nothing that it knew (${name})`, async () => {
    const [first, second] = await twoStarts(personalities[name]);
    expect(without(second, first)).toEqual([]);
    expect(without(first, second).toSorted()).toEqual([...questions].toSorted());
  });
}

test('another server at the same address is asked everything anew', async () => {
  const [first, second] = await twoStarts(personalities.iis, {
    ...personalities.iis,
    unknown: ['MLSD', 'MLST', 'MFMT', 'HASH', 'MDTM'],
  });
  expect(first).toContain('RNFR /dir/b.txt');
  expect(second).toContain('RNFR /dir/b.txt');
});

test('listings that do not come as they are remembered are read all the same', async () => {
  const personality = personalities['close-each'];
  await using server = await startTestServer({ files, personality });
  const { port } = server.endpoint;
  const kept = await start(port, 'one');
  expect(kept?.habits?.framing?.LIST).toBe('raw');
  if (!kept?.habits) throw new Error('Nothing was kept');
  const wrong = { ...kept, habits: { ...kept.habits, framing: { LIST: 'framed' as const } } };
  const then = await start(port, 'two', wrong);
  expect(then?.habits?.framing?.LIST).toBe('raw');
});

test('whether SIZE means a file is asked once for all connections', async () => {
  const { said, logger } = listener();
  await using server = await startTestServer({ files, logger, personality: personalities.iis });
  const profile = new ServerProfile(allRungs);
  for (const folder of ['/one', '/two']) {
    await using connection = await connectEngine(server.endpoint.port, { profile });
    await connection.makeDirectory(at(folder), { signal: live });
  }
  expect(said.filter((command) => command === 'SIZE /')).toHaveLength(1);
});
