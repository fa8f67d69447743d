import { expect, test } from 'vitest';
import type { Rung } from '../../src/ftp/rung.ts';
import { at, live, startTestServer } from '../support/engine.ts';
import { listeningLogger } from '../support/listeningLogger.ts';
import { openSession } from '../support/session.ts';

// What a login and the way of a data connection cost is not the save's.
const ofTheFile = /^> (MLST|MDTM|SIZE|HASH|RETR|STOR|RNFR|RNTO|DELE|SITE|MLSD|LIST|STAT)\b/;

const rungs: readonly Rung[] = [
  { mode: 'block', dataPort: 'default' },
  { mode: 'stream', dataPort: 'epsv' },
];

test.each(
  rungs.flatMap((rung) => [[], ['HASH']].map((unknown) => [rung.mode, unknown, rung] as const)),
)('in %s mode without %j every save costs the same', async (_, unknown, rung) => {
  const verbs: string[] = [];
  const logger = listeningLogger(['debug'], (line) => {
    const [, verb] = ofTheFile.exec(line) ?? [];
    if (verb) verbs.push(verb);
  });
  const files = { '/a.txt': 'base' };
  await using server = await startTestServer({ files, logger, personality: { unknown } });
  // Known of the server for good: a new connection proves nothing again that was proved before.
  await using fs = openSession(server.endpoint.port, { rungs: [rung] });
  const options = { signal: live };
  await fs.readDirectory(at('/'), options);
  // What is asked once of a server's uploads is asked here.
  const anew = { ...options, create: true, overwrite: true };
  await fs.writeFile(at('/b.txt'), () => [Buffer.from('first')], anew);
  let { identity } = await fs.readFile(at('/a.txt'), options);
  const costs: string[] = [];
  for (const text of ['one', 'two', 'six', 'ten']) {
    verbs.length = 0;
    const rules = { ...options, create: true, overwrite: true, expected: identity };
    const outcome = await fs.writeFile(at('/a.txt'), () => [Buffer.from(text)], rules);
    if (outcome.kind !== 'written') throw new Error('A save of our own was taken for another');
    ({ identity } = outcome);
    costs.push(verbs.toSorted().join(' '));
  }
  expect(new Set(costs).size, costs.join('\n')).toBe(1);
  expect(costs[0]).toContain(unknown.length > 0 ? 'RETR' : 'HASH');
  expect(Buffer.from((await fs.readFile(at('/a.txt'), options)).content).toString()).toBe('ten');
});
