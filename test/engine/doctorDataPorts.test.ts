import { describe, expect, test } from 'vitest';
import { raceAbort } from '../../src/base/abort.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { utf8 } from '../../src/ftp/grammar/charset/charset.ts';
import type { Listener, Network } from '../../src/ftp/net/transport.ts';
import { chooseRungs } from '../../src/ftp/rung.ts';
import { examine, outcomesOf, stageOf } from '../support/doctor.ts';
import { startTestServer } from '../support/engine.ts';
import { testCertificate } from '../support/testCertificate.ts';
import { firewall } from '../support/firewall.ts';
import { hostileServer } from '../support/hostileServer.ts';

const files = { '/hello.txt': 'hello' };

const never = <T>(signal: AbortSignal): Promise<T> => raceAbort(new Promise<T>(() => {}), signal);

/** The same network, in which nobody gets through to some of our ports. */
function deaf(network: Network, isDeaf: (port: number) => boolean): Network {
  return {
    ...network,
    listen: async (local, peer) => {
      const listener = await network.listen(local, peer);
      return isDeaf(local.port) ? deafListener(listener) : listener;
    },
  };
}

function deafListener(listener: Listener): Listener {
  return {
    endpoint: listener.endpoint,
    accept: (signal) => never(signal),
    discard: () => listener.discard(),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** Which connections a firewall lets through, besides those to the server's own port. */
interface Lets {
  readonly passive: boolean;
  readonly chosen: boolean;
  readonly byDefault: boolean;
}

async function examineBehind(
  lets: Lets,
  overrides: Parameters<typeof examine>[1] = {},
): Promise<Awaited<ReturnType<typeof examine>>> {
  await using server = await startTestServer({ files });
  const { port } = server.endpoint;
  const wall = firewall((dialled) => lets.passive || dialled === port);
  // Port 0 is any free one, for EPRT and PORT; the default data port has a number.
  const network = deaf(wall.network, (local) => !(local === 0 ? lets.chosen : lets.byDefault));
  return await examine(port, { environment: { network }, ...overrides });
}

describe('firewalls', () => {
  test('at neither side: nothing is wrong', async () => {
    const report = await examineBehind({ passive: true, chosen: true, byDefault: true });
    expect(report).toMatchObject({ cause: 'none', certainty: 'certain', usable: true });
    expect(Object.values(outcomesOf(report))).toEqual(Array(10).fill('worked'));
    expect(stageOf(report, 'sessionReuse').outcome).toBe('ok');
  });

  test('at the client side let nobody in, and that is no harm', async () => {
    const report = await examineBehind({ passive: true, chosen: false, byDefault: false });
    expect(report).toMatchObject({ cause: 'data-ports-filtered-client', usable: true });
    expect(report.fix).toBeUndefined();
    expect(outcomesOf(report)).toMatchObject({
      'block default': 'timedOut',
      'stream default': 'notTried',
      'block epsv': 'worked',
      'stream pasv': 'worked',
      'stream eprt': 'timedOut',
      'block eprt': 'notTried',
    });
  });

  test('at the client side that know the way back of a connection', async () => {
    const report = await examineBehind({ passive: true, chosen: false, byDefault: true });
    expect(report).toMatchObject({ cause: 'data-ports-filtered-client', usable: true });
  });

  test('at the server side leave the server to dial us', async () => {
    const report = await examineBehind({ passive: false, chosen: true, byDefault: true });
    expect(report).toMatchObject({ cause: 'data-ports-filtered-server', usable: true });
    expect(outcomesOf(report)).toMatchObject({
      'block default': 'worked',
      'stream epsv': 'timedOut',
      'stream pasv': 'timedOut',
      'stream port': 'worked',
    });
  });

  test('at both sides, one of them knowing the way back: the default data port is left', async () => {
    const report = await examineBehind({ passive: false, chosen: false, byDefault: true });
    expect(report).toMatchObject({ cause: 'data-ports-filtered-server', usable: true });
  });

  test('somewhere let nothing through: where cannot be told', async () => {
    const report = await examineBehind({ passive: false, chosen: false, byDefault: false });
    expect(report).toMatchObject({
      cause: 'data-ports-filtered-somewhere',
      certainty: 'unknown',
      usable: false,
    });
    expect(report.explanation).toContain('cannot be told from here');
    expect(stageOf(report, 'listing')).toMatchObject({ outcome: 'warning' });
  });

  test('that leave a way which the site forbids: the fix lets it be taken', async () => {
    const report = await examineBehind(
      { passive: false, chosen: true, byDefault: true },
      { rungs: chooseRungs('auto', 'pasv') },
    );
    expect(report).toMatchObject({
      cause: 'data-ports-filtered-server',
      usable: false,
      fix: { changes: { mode: 'auto', dataPort: 'auto' } },
    });
  });
});

test('the ports of both ends and who dialled are in the picture', async () => {
  await using server = await startTestServer({ files });
  const report = await examine(server.endpoint.port);
  const { network } = report;
  expect(network).toMatchObject({
    control: 'loggedIn',
    clientAddress: '127.0.0.1',
    serverAddress: '127.0.0.1',
    port: server.endpoint.port,
    tlsVersion: 'TLSv1.3',
  });
  expect(network.trials.length).toBe(10);
  for (const { rung, dialledBy, clientPort, serverPort } of network.trials) {
    const isPassive = rung.dataPort === 'epsv' || rung.dataPort === 'pasv';
    expect(dialledBy).toBe(isPassive ? 'client' : 'server');
    expect(clientPort).toBeGreaterThan(0);
    expect(serverPort).toBeGreaterThan(0);
  }
});

test('over IPv6 all is well without PORT', async () => {
  await using server = await startTestServer({ files, listen: { host: '::1', port: 0 } });
  const certificate = await testCertificate;
  const report = await examine(server.endpoint.port, {
    host: '::1',
    trust: { fingerprints: [certificate.fingerprint] },
  });
  expect(report).toMatchObject({ cause: 'none', usable: true });
  expect(outcomesOf(report)).toMatchObject({
    'block default': 'worked',
    'stream epsv': 'worked',
    'stream eprt': 'worked',
    'stream port': 'notTried',
  });
  // RFC 2428, 1: whatever address is named there, it is not the one that was dialled.
  expect(server.counters.commands.get('PASV')).toBeUndefined();
});

describe('an address in the reply to PASV', () => {
  test('that is not the server is named, and does no harm as long as it is ignored', async () => {
    await using server = await startTestServer({ files, faults: { passiveHost: '10.1.2.3' } });
    const report = await examine(server.endpoint.port);
    expect(report).toMatchObject({ cause: 'private-passive-address', usable: true });
    expect(report.network.passiveAddress).toBe('10.1.2.3');
    expect(report.fix).toBeUndefined();
  });

  test('that is dialled where the site wants that keeps from working, and the fix is to ignore it', async () => {
    await using server = await startTestServer({ files, faults: { passiveHost: '10.1.2.3' } });
    const wall = firewall(() => true);
    const network: Network = {
      ...wall.network,
      dial: (remote, options) =>
        remote.host === '10.1.2.3' ? never(options.signal) : wall.network.dial(remote, options),
    };
    const report = await examine(server.endpoint.port, {
      usePassiveAddress: true,
      rungs: chooseRungs('auto', 'pasv'),
      environment: { network },
    });
    expect(report).toMatchObject({
      cause: 'private-passive-address',
      usable: false,
      fix: { changes: { usePassiveAddress: false } },
    });
  });
});

describe('TLS session reuse', () => {
  test('that the server demands and does not give is session-reuse-missing', async () => {
    await using server = await startTestServer({
      files,
      requireSessionReuse: true,
      sessionTickets: false,
    });
    const report = await examine(server.endpoint.port);
    expect(report).toMatchObject({
      cause: 'session-reuse-missing',
      certainty: 'certain',
      usable: false,
    });
    expect(stageOf(report, 'sessionReuse').outcome).toBe('failed');
  });

  test('that the server demands and gives is well', async () => {
    await using server = await startTestServer({ files, requireSessionReuse: true });
    expect(await examine(server.endpoint.port)).toMatchObject({ cause: 'none' });
  });

  test('that a server has none of is a warning', async () => {
    await using server = await startTestServer({ files, sessionTickets: false });
    const report = await examine(server.endpoint.port);
    expect(report).toMatchObject({ cause: 'none', usable: true });
    expect(stageOf(report, 'sessionReuse').outcome).toBe('warning');
  });
});

test('a server that takes one connection is too-many-connections, and is examined to the end', async () => {
  await using server = await startTestServer({ files, limits: { connections: 1 } });
  const report = await examine(server.endpoint.port, { connections: 3 });
  expect(report).toMatchObject({
    cause: 'too-many-connections',
    certainty: 'certain',
    usable: true,
    fix: { changes: { maxConnections: 1 } },
  });
  expect(Object.values(outcomesOf(report))).toEqual(Array(10).fill('worked'));
});

test('a server whose port takes no second connection is likely too-many-connections', async () => {
  await using server = await startTestServer({ files });
  const wall = firewall(() => true);
  let dials = 0;
  const network: Network = {
    ...wall.network,
    dial: async (remote, options) => {
      dials += 1;
      if (dials === 2) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
      return await wall.network.dial(remote, options);
    },
  };
  const report = await examine(server.endpoint.port, { connections: 2, environment: { network } });
  expect(report).toMatchObject({
    cause: 'too-many-connections',
    certainty: 'likely',
    usable: true,
  });
});

test('a site with one connection is not told of a limit', async () => {
  await using server = await startTestServer({ files, limits: { connections: 1 } });
  const report = await examine(server.endpoint.port, { connections: 1 });
  expect(report.cause).toBe('none');
  expect(stageOf(report, 'connections').outcome).toBe('skipped');
});

describe('block mode', () => {
  test('that the server has not is not tried', async () => {
    await using server = await startTestServer({ files, personality: { blockMode: 'refused' } });
    const report = await examine(server.endpoint.port);
    expect(report).toMatchObject({ cause: 'none', usable: true });
    expect(outcomesOf(report)).toMatchObject({
      'block default': 'notOffered',
      'stream default': 'worked',
      'block epsv': 'notOffered',
      'stream epsv': 'worked',
    });
  });

  test('that the server only says it has is found out by a file', async () => {
    await using server = await startTestServer({ files, personality: { blockMode: 'raw' } });
    const report = await examine(server.endpoint.port);
    expect(report).toMatchObject({ cause: 'none', usable: true });
    expect(outcomesOf(report)).toMatchObject({
      'block epsv': 'notOffered',
      'stream epsv': 'worked',
    });
  });

  test('whose listings come raw while files are framed works', async () => {
    const personality = { rawList: true, rawMlsd: true };
    await using server = await startTestServer({ files, personality });
    const report = await examine(server.endpoint.port);
    expect(outcomesOf(report)).toMatchObject({ 'block epsv': 'worked' });
  });

  test('that the site insists on and the server has not: the fix lets the mode be chosen', async () => {
    await using server = await startTestServer({ files, personality: { blockMode: 'refused' } });
    const report = await examine(server.endpoint.port, { rungs: chooseRungs('block', 'auto') });
    expect(report).toMatchObject({
      cause: 'data-ports-refused',
      usable: false,
      fix: { changes: { mode: 'auto', dataPort: 'auto' } },
    });
  });
});

test('a server that refuses every data port is data-ports-refused', async () => {
  const refusals = { EPSV: 502, PASV: 502, EPRT: 502, PORT: 502, MODE: 504, LIST: 451, MLSD: 451 };
  await using server = await startTestServer({ files, faults: { refusals } });
  const report = await examine(server.endpoint.port);
  expect(report).toMatchObject({ cause: 'data-ports-refused', usable: false });
});

/** The machine's clock, set to another time. */
function clockBehind(ms: number): Clock {
  return { ...systemClock, now: () => systemClock.now() - ms };
}

const clockAt = (iso: string): Clock => clockBehind(systemClock.now() - Date.parse(iso));

/** A server that lists with this line, and knows one exact time. */
const listing = (line: string): Parameters<typeof hostileServer>[0] => ({
  answer: (command) => {
    const [verb] = command.split(' ');
    if (verb === 'SYST') return '215 UNIX\r\n';
    if (verb === 'FEAT') return '211-Features\r\n MDTM\r\n211 End\r\n';
    if (verb === 'STAT') return `213-Status\r\n${line}\r\n213 End\r\n`;
    if (verb === 'MDTM') return '213 20261120120000\r\n';
    if (verb === 'LIST') return '150 Here\r\n226 Done\r\n';
    if (/^(?:PASV|EPRT|PORT)$/.test(verb ?? '')) return '502 No\r\n';
    return verb === 'MODE' ? '504 Stream only\r\n' : undefined;
  },
  onData: (data) => void data.end(`${line}\r\n`),
});

test('a name that MDTM would take for a time to be set is not asked about', async () => {
  await using server = await hostileServer(
    listing('-rw-r--r--   1 anna users 5 Nov 20 14:00 20200101000000 hello.txt'),
  );
  const report = await examine(server.port, { security: 'none' });
  expect(report.usable).toBe(true);
  expect(server.said).not.toContain('MDTM 20200101000000 hello.txt');
});

describe('names and times', () => {
  test('in listings that are hours from MDTM are a time-offset', async () => {
    await using server = await hostileServer(
      listing('-rw-r--r--   1 anna users 5 Nov 20 14:00 hello.txt'),
    );
    const report = await examine(server.port, {
      security: 'none',
      environment: { clock: clockAt('2026-11-22T18:00:00Z') },
    });
    expect(report).toMatchObject({ cause: 'time-offset', certainty: 'certain', usable: true });
    expect(report.explanation).toContain('+2:00');
  });

  test('that are not UTF-8 are charset', async () => {
    await using server = await startTestServer({
      files: { [`/${utf8.decode(Buffer.from('k\xe4se.txt', 'latin1'))}`]: 'x' },
    });
    const report = await examine(server.endpoint.port);
    expect(report).toMatchObject({
      cause: 'charset',
      usable: true,
      fix: { changes: { charset: 'windows-1252' } },
    });
    expect(stageOf(report, 'charset').outcome).toBe('warning');
  });
});

describe('with consent to write', () => {
  test('a file is renamed over another one, and nothing is left behind', async () => {
    await using server = await startTestServer({ files });
    const report = await examine(server.endpoint.port, { writes: true });
    expect(report.cause).toBe('none');
    expect(stageOf(report, 'renameOver').outcome).toBe('ok');
    expect(server.counters.commands.get('DELE')).toBe(1);
    expect(stageOf(await examine(server.endpoint.port), 'listing').tried).toContainEqual({
      what: 'LIST',
      outcome: 'ok',
      said: '1 entry',
    });
  });

  test.each(['STOR', 'RNFR'])('nothing is left behind when called off at %s', async (verb) => {
    await using server = await startTestServer({ files });
    const controller = new AbortController();
    const reason = new Error('enough');
    const debug = (line: string): void => {
      if (line.startsWith(`> ${verb}`)) controller.abort(reason);
    };
    const examination = examine(server.endpoint.port, {
      writes: true,
      signal: controller.signal,
      environment: { logger: { ...silentLogger, debug } },
    });
    await expect(examination).rejects.toBe(reason);
    expect(stageOf(await examine(server.endpoint.port), 'listing').tried).toContainEqual({
      what: 'LIST',
      outcome: 'ok',
      said: '1 entry',
    });
  });

  test('a server that does not rename over a file is told of, and cleared up', async () => {
    await using server = await startTestServer({ files, personality: { keepsOnRename: true } });
    const report = await examine(server.endpoint.port, { writes: true });
    expect(stageOf(report, 'renameOver').outcome).toBe('warning');
    expect(server.counters.commands.get('DELE')).toBe(2);
  });

  test('a clock that is hours off is a time-offset', async () => {
    await using server = await startTestServer({ files });
    const report = await examine(server.endpoint.port, {
      writes: true,
      environment: { clock: clockBehind(3 * 3_600_000) },
    });
    expect(report).toMatchObject({ cause: 'time-offset', usable: true });
    expect(report).toMatchObject({ certainty: 'likely' });
    expect(report.explanation).toContain('+3:00 hours from ours');
  });

  test('a clock that is off by what is no zone is wrong', async () => {
    await using server = await startTestServer({ files });
    const report = await examine(server.endpoint.port, {
      writes: true,
      environment: { clock: clockBehind(7 * 60_000) },
    });
    expect(report).toMatchObject({ cause: 'time-offset', certainty: 'certain', usable: true });
    expect(report.explanation).toContain('7 minutes ahead of ours');
  });

  test('a read-only server is told of, and is no hindrance', async () => {
    await using server = await startTestServer({ files, readOnly: true });
    const report = await examine(server.endpoint.port, { writes: true });
    expect(report).toMatchObject({ cause: 'none', usable: true });
    expect(stageOf(report, 'renameOver').outcome).toBe('warning');
  });
});

test('without consent nothing is written', async () => {
  await using server = await startTestServer({ files });
  const report = await examine(server.endpoint.port);
  expect(stageOf(report, 'renameOver')).toMatchObject({ outcome: 'skipped' });
  for (const verb of ['STOR', 'DELE', 'RNFR', 'APPE', 'MKD']) {
    expect(server.counters.commands.has(verb)).toBe(false);
  }
});
