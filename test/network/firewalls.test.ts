import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';
import type { DataPortName } from '../../src/ftp/options.ts';
import { expectInReadme } from '../support/readme.ts';
import { firewallTable, type Seen } from './support/firewallTable.ts';
import {
  listsThrough,
  portside,
  type Protection,
  startServer,
  type TestedServer,
} from './support/hosts.ts';
import { makeNetworkLab, type NetworkLab, whyNoNetworkLab } from './support/networkLab.ts';
import { type Outcome, type Situation, situations } from './support/situations.ts';

const { signal } = new AbortController();
const whyNot = await whyNoNetworkLab(signal);

const protections: readonly Protection[] = ['none', 'explicit'];
const dataPorts: readonly DataPortName[] = ['default', 'epsv', 'pasv', 'eprt', 'port'];

// What the README promises of the ladder.
const ladderMs = 10_000;

const sightings = { none: new Map<string, Seen>(), explicit: new Map<string, Seen>() };

describe.each(protections)('with security %s', (protection) => {
  if (whyNot !== undefined) beforeEach(({ skip }) => skip(whyNot));
  const opened = new AsyncDisposableStack();
  let lab: NetworkLab;
  let server: TestedServer;

  beforeAll(async () => {
    if (whyNot !== undefined) return;
    lab = opened.use(await makeNetworkLab(signal));
    const root = opened.use(await makeTemporaryFolder('served')).path;
    await writeFile(join(root, 'index.html'), 'the bytes of the file\n');
    server = opened.use(await startServer(lab, { protection, root }, signal));
  });
  afterAll(() => opened.disposeAsync());

  test.each(situations)('$words', async (situation) => {
    await lab.surround(situation.surroundings, signal);
    const ports = await tryDataPorts(lab, server);
    const rung = await climb(lab, server);
    sightings[protection].set(situation.words, { ports, rung });
    expect(ports).toEqual(expectedPorts(situation, protection));
    expect(rung).toBe(situation.rung[protection]);
  });
});

test('the table of the README says what was seen', async ({ skip }) => {
  skip(whyNot !== undefined, whyNot);
  await expectInReadme('firewalls', firewallTable(sightings));
});

async function tryDataPorts(lab: NetworkLab, server: TestedServer): Promise<Seen['ports']> {
  const tried = dataPorts.map(
    async (port) => [port, await listsThrough(lab, server, port, signal)] as const,
  );
  return Object.fromEntries(await Promise.all(tried)) as Record<DataPortName, boolean>;
}

/** Where the ladder ends. However that is, the folder is listed, and in time. */
async function climb(lab: NetworkLab, server: TestedServer): Promise<string | undefined> {
  const start = performance.now();
  const { code, output } = await portside(lab, ['ls', '--trace', ...server.address], signal);
  const took = performance.now() - start;
  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringContaining('index.html'),
  });
  expect(took).toBeLessThan(ladderMs);
  const rung = /^Rung: (.*)$/m.exec(output)?.[1] ?? '';
  return rung.startsWith('no data connection')
    ? undefined
    : rung.replace(/ · (?:no TLS|TLS.*)$/, '');
}

function expectedPorts(
  { defaultPort, active, passive }: Situation,
  protection: Protection,
): Seen['ports'] {
  const works = (outcome: Outcome): boolean =>
    outcome === 'works' || (outcome === 'plain' && protection === 'none');
  return {
    default: works(defaultPort),
    epsv: works(passive),
    pasv: works(passive),
    eprt: works(active),
    port: works(active),
  };
}
