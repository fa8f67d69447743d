import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';
import { build } from '../../scripts/vsix.ts';
import type { DataPortName } from '../../src/ftp/rung.ts';
import { expectInReadme } from '../support/readme.ts';
import { firewallTable, type Seen } from './support/firewallTable.ts';
import {
  readsThrough,
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

/** A network of its own for each protection: both are tried at a time. */
interface World {
  readonly lab: NetworkLab;
  readonly server: TestedServer;
}

describe('between client and server', () => {
  if (whyNot !== undefined) beforeEach(({ skip }) => skip(whyNot));
  const opened = new AsyncDisposableStack();
  const worlds = new Map<Protection, World>();

  beforeAll(async () => {
    if (whyNot !== undefined) return;
    await build(signal);
    const root = opened.use(await makeTemporaryFolder('served')).path;
    await writeFile(join(root, 'index.html'), 'the bytes of the file\n');
    for (const protection of protections) {
      const lab = opened.use(await makeNetworkLab(signal));
      const server = opened.use(await startServer(lab, { protection, root }, signal));
      worlds.set(protection, { lab, server });
    }
  });
  afterAll(() => opened.disposeAsync());

  test.each(situations)('$words', async (situation) => {
    const { words, surroundings } = situation;
    await Promise.all(
      [...worlds].map(async ([protection, { lab, server }]) => {
        await lab.surround(surroundings, signal);
        const ports = await tryDataPorts(lab, server);
        const rung = await climb(lab, server);
        sightings[protection].set(words, { ports, rung });
        expect({ protection, ports, rung }).toEqual({
          protection,
          ports: expectedPorts(situation, protection),
          rung: situation.rung[protection],
        });
      }),
    );
  });

  test('nothing else stands than the table of the README says', async () => {
    await expectInReadme('firewalls', firewallTable(sightings));
  });
});

async function tryDataPorts(lab: NetworkLab, server: TestedServer): Promise<Seen['ports']> {
  const tried = dataPorts.map(
    async (port) =>
      [
        port,
        await readsThrough(lab, server, { dataPort: port, path: 'index.html' }, signal),
      ] as const,
  );
  return Object.fromEntries(await Promise.all(tried)) as Record<DataPortName, boolean>;
}

/** Where the ladder of a server that is not known yet ends. However that is, the folder is listed, and in time. */
async function climb(lab: NetworkLab, server: TestedServer): Promise<string | undefined> {
  const start = performance.now();
  const words = ['ls', '--no-profile', '--trace', ...server.address];
  const { code, output } = await portside(lab, words, signal);
  const took = performance.now() - start;
  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringContaining('index.html'),
  });
  expect(took).toBeLessThan(ladderMs);
  const rung = /^Rung: (.*)$/m.exec(output)?.[1] ?? '';
  return rung.startsWith('control connection')
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
