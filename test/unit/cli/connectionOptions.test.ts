import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/cli/arguments.ts';
import {
  type ConnectionChoice,
  connectionOptions,
  connectOptions,
  readConnectionChoice,
} from '../../../src/cli/connectionOptions.ts';
import { parseRemoteAddress } from '../../../src/cli/remoteAddress.ts';
import { UsageError } from '../../../src/cli/errors.ts';
import { temporaryFolder } from './cliRun.ts';

interface Place {
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What is typed when a secret is asked for. */
  readonly types?: string;
}

async function choose(
  args: readonly string[],
  { folder = '/', environment = {}, types }: Place = {},
): Promise<ConnectionChoice> {
  const { values } = parseArguments(args, connectionOptions);
  const terminal = {
    input: (async function* () {})(),
    write: async () => {},
    tell: () => {},
    askSecret: async (question: string) => types && `${types} <- ${question}`,
  };
  const place = { environment, workingDirectory: folder, terminal };
  return readConnectionChoice(values, place, new AbortController().signal);
}

test('without options everything is automatic, on one connection', async () => {
  const choice = await choose([]);
  expect(choice).toMatchObject({
    security: undefined,
    connections: undefined,
    fingerprints: [],
    keepsProfile: true,
    trace: false,
  });
  expect(choice.rungs[0]).toEqual({ mode: 'block', dataPort: 'default' });
  expect(choice.rungs.length).toBeGreaterThan(4);
  expect(choice.charset.name).toBe('utf-8');
});

test.each([
  ['ftpes://h', [], 'explicit', 21],
  ['ftps://h', [], 'implicit', 990],
  ['ftp://h', [], 'none', 21],
  ['ftp://h', ['--security', 'implicit'], 'implicit', 990],
  ['ftps://h:2121', ['--security', 'explicitIfOffered'], 'explicitIfOffered', 2121],
])('%s %j is security %s on port %d', async (url, args, security, port) => {
  const options = connectOptions(parseRemoteAddress(url), await choose(args));
  expect(options).toMatchObject({ security, port, host: 'h' });
});

test('a fingerprint may have colons and capitals, and may be one of several', async () => {
  const digits = 'ab'.repeat(32);
  const colons = 'CD:'.repeat(32).slice(0, -1);
  const { fingerprints } = await choose(['--fingerprint', digits, '--fingerprint', colons]);
  expect(fingerprints).toEqual([digits, 'cd'.repeat(32)]);
});

test('mode and data port leave the rungs that were asked for', async () => {
  const { rungs } = await choose(['--mode', 'stream', '--data-port=pasv']);
  expect(rungs).toEqual([{ mode: 'stream', dataPort: 'pasv' }]);
});

test('commands are left out by their names, in capitals or not', async () => {
  expect((await choose(['--skip', 'feat,MODE'])).skip).toEqual(['FEAT', 'MODE']);
  expect((await choose([])).skip).toEqual([]);
});

test.each(['latin1', 'ISO-8859-1', 'utf8', 'UTF-8'])('charset %s is known', async (name) => {
  const { charset } = await choose(['--charset', name]);
  expect(charset.name).toMatch(/utf|latin/);
});

test.each([
  [['--security', 'tls']],
  [['--mode', 'compressed']],
  [['--data-port', '20']],
  [['--connections', '0']],
  [['--connections', '33']],
  [['--connections', '2.5']],
  [['--charset', 'klingon']],
  [['--charset', 'utf-16']],
  [['--charset', 'constructor']],
  [['--fingerprint', 'ab'.repeat(31)]],
  [['--fingerprint', 'xy'.repeat(32)]],
  [['--ca', 'is/not/there.pem']],
  [['--password', 'x']],
  [['--trace=yes']],
  [['--min-tls', '1.1']],
  [['--listing', 'nlst']],
  [['--skip', 'PASS']],
  [['--skip', 'FEAT,RETR']],
  [['--skip', 'FEAT;MODE']],
  [['--key', 'own.key']],
  [['--cert', 'is/not/there.pem']],
  [['--proxy', 'proxy:1080']],
  [['--proxy', 'ftp://proxy:21']],
  [['--proxy', 'socks5://berta@proxy']],
  [['--proxy', 'socks5://proxy', '--data-port', 'port']],
  [['--proxy', 'socks5://proxy', '--mode', 'block', '--data-port', 'default']],
  [['--mode']],
])('%j is a usage error', async (args) => {
  await expect(choose(args)).rejects.toThrow(UsageError);
});

test('a CA file is found where the user stands, and must hold a certificate', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nx\n');
  await writeFile(join(folder.path, 'key.pem'), '-----BEGIN PRIVATE KEY-----\nx\n');
  const { ca } = await choose(['--ca', 'ca.pem'], { folder: folder.path });
  expect(ca).toContain('BEGIN CERTIFICATE');
  const wrong = choose(['--ca', 'key.pem'], { folder: folder.path });
  await expect(wrong).rejects.toThrow('holds no certificate');
});

test('the version of TLS, the way to list and the charset reach the engine', async () => {
  const choice = await choose(['--min-tls', '1.3', '--listing', 'stat', '--charset', 'cp1252']);
  expect(connectOptions(parseRemoteAddress('ftps://h'), choice)).toMatchObject({
    trust: { minVersion: 'TLSv1.3' },
    listing: 'stat',
    charset: { name: 'cp1252' },
  });
  const usual = connectOptions(parseRemoteAddress('ftps://h'), await choose([]));
  expect(usual).toMatchObject({ trust: { minVersion: 'TLSv1.2' }, listing: 'auto' });
  expect(usual.proxy).toBeUndefined();
});

describe('a proxy', () => {
  test('needs no password where it names no user, and leaves the ports that we dial', async () => {
    const choice = await choose(['--proxy', 'http://[::1]:3128']);
    expect(choice.proxy).toEqual({ kind: 'http', host: '::1', port: 3128 });
    expect(new Set(choice.rungs.map(({ dataPort }) => dataPort))).toEqual(
      new Set(['epsv', 'pasv']),
    );
  });

  test('has its password from the environment, or from the terminal', async () => {
    const args = ['--proxy', 'socks5://berta@proxy'];
    const environment = { PORTSIDE_PROXY_PASSWORD: 'geheim', PORTSIDE_PASSWORD: 'another' };
    const user = { kind: 'socks5', host: 'proxy', port: 1080, user: 'berta' };
    expect((await choose(args, { environment })).proxy).toEqual({ ...user, password: 'geheim' });
    const { proxy } = await choose(args, { types: 'offen' });
    expect(proxy?.password).toBe('offen <- Password of berta at proxy:1080: ');
  });

  test('of the environment is none', async () => {
    const environment = { ALL_PROXY: 'socks5://proxy', ftp_proxy: 'http://proxy:3128' };
    expect((await choose([], { environment })).proxy).toBeUndefined();
  });

  test('is refused with a password in its address, which is not repeated', async () => {
    const refused = choose(['--proxy', 'socks5://berta:geheim@proxy']);
    await expect(refused).rejects.toThrow('PORTSIDE_PROXY_PASSWORD');
    await expect(refused).rejects.not.toThrow('geheim');
  });
});

describe('a client certificate', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nx\n';
  const key = '-----BEGIN PRIVATE KEY-----\nx\n';
  const locked = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n';

  test('stands in a file of its own, or in one with its key', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'own.pem'), certificate);
    await writeFile(join(folder.path, 'own.key'), key);
    await writeFile(join(folder.path, 'both.pem'), key + certificate);
    const place = { folder: folder.path };
    const apart = await choose(['--cert', 'own.pem', '--key', 'own.key'], place);
    expect(apart.client).toEqual({ certificate, key });
    const together = await choose(['--cert', 'both.pem'], place);
    expect(together.client).toEqual({ certificate: key + certificate, key: key + certificate });
    await expect(choose(['--cert', 'own.pem'], place)).rejects.toThrow('holds no key in PEM');
    const swapped = choose(['--cert', 'own.key', '--key', 'own.pem'], place);
    await expect(swapped).rejects.toThrow('--cert names own.key, which holds no certificate');
  });

  test('has the passphrase of its key from the environment, or from the terminal', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'own.pem'), certificate);
    await writeFile(join(folder.path, 'own.key'), locked);
    const args = ['--cert', 'own.pem', '--key', 'own.key'];
    const environment = { PORTSIDE_KEY_PASSPHRASE: 'geheim' };
    const known = await choose(args, { folder: folder.path, environment });
    expect(known.client?.passphrase).toBe('geheim');
    const typed = await choose(args, { folder: folder.path, types: 'offen' });
    expect(typed.client?.passphrase).toBe('offen <- Passphrase of own.key: ');
    const nobody = choose(args, { folder: folder.path });
    await expect(nobody).rejects.toThrow('set PORTSIDE_KEY_PASSPHRASE');
  });
});

test('--timeout is the patience for answers and bytes, in seconds', async () => {
  const address = parseRemoteAddress('ftps://h');
  expect(connectOptions(address, await choose(['--timeout', '90']))).toMatchObject({
    timeouts: { connect: 15_000, reply: 90_000, stall: 90_000 },
  });
  expect(connectOptions(address, await choose(['--timeout', '5']))).toMatchObject({
    timeouts: { connect: 5_000, reply: 5_000 },
  });
  for (const wrong of ['0', '4', '601', '1.5', '30s', '']) {
    await expect(choose(['--timeout', wrong])).rejects.toThrow(UsageError);
  }
});
