import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/doctor/report/report.ts';
import { type DoctorOverrides, examine, outcomesOf, stageOf } from '../support/doctor.ts';
import { inetutils } from './kinds/inetutils.ts';
import { proftpd } from './kinds/proftpd.ts';
import { pureFtpd } from './kinds/pureFtpd.ts';
import { pyftpdlib } from './kinds/pyftpdlib.ts';
import { vsftpd } from './kinds/vsftpd.ts';
import type { RealServer, RunningServer } from './support/realServer.ts';
import { live } from './support/site.ts';

/** A real server in the doctor's hands, with the time-outs of a user. */
async function examineServer(
  server: RunningServer,
  overrides: DoctorOverrides = {},
): Promise<DoctorReport> {
  return await examine(server.port, {
    host: server.host,
    security: server.protection === 'none' ? 'none' : 'explicit',
    credentials: { user: server.user, password: server.password },
    trust: { fingerprints: [server.fingerprint] },
    timeouts: { connect: 15_000, reply: 30_000, dataConnection: 10_000, dataProbe: 3_000 },
    connections: 2,
    ...overrides,
  });
}

const kinds: readonly RealServer[] = [vsftpd, proftpd, pureFtpd, pyftpdlib, inetutils];
const columns = kinds.flatMap((kind) =>
  kind.protections.map((protection) => ({ kind, name: kind.name, protection })),
);

describe.each(columns)('$name, $protection', ({ kind, protection }) => {
  test('is well, and what was written is gone', async ({ skip }) => {
    const why = await kind.unavailable(live);
    skip(why !== undefined, why);
    await using server = await kind.start({ protection }, live);
    const report = await examineServer(server, { writes: true });
    expect(report).toMatchObject({ cause: 'none', certainty: 'certain', usable: true });
    const outcomes = outcomesOf(report);
    expect(outcomes[`${kind.rung.mode} ${kind.rung.dataPort}`]).toBe('worked');
    expect(outcomes['stream pasv']).toBe('worked');
    expect(stageOf(report, 'renameOver').outcome).toBe('ok');
    const again = await examineServer(server);
    expect(stageOf(again, 'charset').summary).toBe('No names to check');
  });
});

test('a server that bears one session is too-many-connections', async ({ skip }) => {
  const why = await vsftpd.unavailable(live);
  skip(why !== undefined, why);
  await using server = await vsftpd.start({ protection: 'none', sessions: 1 }, live);
  expect(await examineServer(server)).toMatchObject({
    cause: 'too-many-connections',
    usable: true,
    fix: { changes: { maxConnections: 1 } },
  });
});

test('a server that requires TLS says so to a site that uses none', async ({ skip }) => {
  const why = await vsftpd.unavailable(live);
  skip(why !== undefined, why);
  await using server = await vsftpd.start({ protection: 'TLSv1.3' }, live);
  expect(await examineServer(server, { security: 'none' })).toMatchObject({
    cause: 'tls-required',
    usable: false,
    fix: { changes: { security: 'explicit' } },
  });
});

test('a server whose listings tell its local time has a time-offset', async ({ skip }) => {
  const why = await proftpd.unavailable(live);
  skip(why !== undefined, why);
  const options = { protection: 'none', timeZone: 'Asia/Kolkata' } as const;
  await using server = await proftpd.start(options, live);
  await writeFile(join(server.root, server.home, 'file.txt'), 'x');
  const report = await examineServer(server);
  expect(report).toMatchObject({ cause: 'time-offset', certainty: 'certain', usable: true });
  expect(report.explanation).toContain('+5:30 hours from UTC');
});
