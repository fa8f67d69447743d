import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseArguments } from '../../../src/cli/arguments.ts';
import {
  type ConnectionChoice,
  connectionOptions,
  connectOptions,
  readConnectionChoice,
} from '../../../src/cli/connectionOptions.ts';
import { parseRemoteAddress } from '../../../src/cli/remoteAddress.ts';
import { UsageError } from '../../../src/cli/usageError.ts';
import { temporaryFolder } from './cliRun.ts';

async function choose(args: readonly string[], folder = '/'): Promise<ConnectionChoice> {
  const { values } = parseArguments(args, connectionOptions);
  return readConnectionChoice(values, { environment: {}, workingDirectory: folder });
}

test('without options everything is automatic, on one connection', async () => {
  const choice = await choose([]);
  expect(choice).toMatchObject({
    security: undefined,
    connections: 1,
    fingerprints: [],
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
  [['--mode']],
])('%j is a usage error', async (args) => {
  await expect(choose(args)).rejects.toThrow(UsageError);
});

test('a CA file is found where the user stands, and must hold a certificate', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nx\n');
  await writeFile(join(folder.path, 'key.pem'), '-----BEGIN PRIVATE KEY-----\nx\n');
  const { ca } = await choose(['--ca', 'ca.pem'], folder.path);
  expect(ca).toContain('BEGIN CERTIFICATE');
  await expect(choose(['--ca', 'key.pem'], folder.path)).rejects.toThrow('holds no certificate');
});
