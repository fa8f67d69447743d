import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';
import { build } from '../../scripts/vsix.ts';
import type { CauseId, DoctorReport } from '../../src/doctor/report/report.ts';
import type { Surroundings } from './support/firewall.ts';
import { portside, startServer, type TestedServer } from './support/hosts.ts';
import { makeNetworkLab, type NetworkLab, whyNoNetworkLab } from './support/networkLab.ts';

const { signal } = new AbortController();
const whyNot = await whyNoNetworkLab(signal);

interface Case {
  readonly words: string;
  readonly surroundings: Surroundings;
  readonly cause: CauseId;
  readonly certainty: DoctorReport['certainty'];
  readonly usable: boolean;
}

const cases: readonly Case[] = [
  {
    words: 'nothing in the way',
    surroundings: { client: 'everything' },
    cause: 'none',
    certainty: 'certain',
    usable: true,
  },
  {
    words: 'a stateful firewall on our side',
    surroundings: { client: 'answers' },
    cause: 'data-ports-filtered-client',
    certainty: 'likely',
    usable: true,
  },
  {
    words: 'a server that exposes port 21 alone',
    surroundings: { client: 'everything', onlyPort21: true },
    cause: 'data-ports-filtered-server',
    certainty: 'likely',
    usable: true,
  },
  {
    words: 'firewalls on both sides',
    surroundings: { client: 'answers', onlyPort21: true },
    cause: 'data-ports-filtered-somewhere',
    certainty: 'unknown',
    usable: false,
  },
];

describe('the doctor names the firewall', () => {
  if (whyNot !== undefined) beforeEach(({ skip }) => skip(whyNot));
  const opened = new AsyncDisposableStack();
  let lab: NetworkLab;
  let server: TestedServer;

  beforeAll(async () => {
    if (whyNot !== undefined) return;
    await build(signal);
    lab = opened.use(await makeNetworkLab(signal));
    const root = opened.use(await makeTemporaryFolder('served')).path;
    await writeFile(join(root, 'index.html'), 'the bytes of the file\n');
    server = opened.use(await startServer(lab, { protection: 'explicit', root }, signal));
  });
  afterAll(() => opened.disposeAsync());

  test.each(cases)('$words: $cause', async ({ surroundings, cause, certainty, usable }) => {
    await lab.surround(surroundings, signal);
    const words = ['doctor', '--json', ...server.address];
    const { code, output } = await portside(lab, words, signal);
    const report = JSON.parse(output) as DoctorReport;
    expect(report).toMatchObject({ cause, certainty, usable });
    expect(code).toBe(usable ? 0 : 1);
  });
});
