import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeAuthority } from '../../support/certificates.ts';
import { startTestServer } from '../../support/engine.ts';
import { connectProxy, socksProxy } from '../../support/proxies.ts';
import { scriptedPeer } from '../../support/scriptedPeer.ts';
import { addressOf, annasPassword, runCli, temporaryFolder } from './cliRun.ts';

const named = { 'ftp.invalid': '127.0.0.1' };
const login = { user: 'berta', password: 'offen' };
const environment = { ...annasPassword, PORTSIDE_PROXY_PASSWORD: 'offen' };

describe.each([
  { scheme: 'socks5', start: socksProxy },
  { scheme: 'http', start: connectProxy },
])('a proxy of the scheme $scheme', ({ scheme, start }) => {
  test('leads to a server that only it can find', async () => {
    await using server = await startTestServer({ files: { '/a': 'one' } });
    await using proxy = await start({ hosts: named, login });
    const [address, trust] = await addressOf(server, '/a');
    const url = address.replace('127.0.0.1', 'ftp.invalid');
    const through = ['--proxy', `${scheme}://berta@127.0.0.1:${proxy.port}`];
    const { code, output, told } = await runCli(['cat', url, trust, ...through], { environment });
    expect(told).toEqual([]);
    expect([code, output.toString()]).toEqual([0, 'one']);
    expect(proxy.asked).toHaveLength(2);
  });

  test('that wants another password is told from a server that does', async () => {
    await using server = await startTestServer();
    await using proxy = await start({ login });
    const [url, trust] = await addressOf(server, '/');
    const through = ['--proxy', `${scheme}://berta@127.0.0.1:${proxy.port}`];
    const wrong = { ...environment, PORTSIDE_PROXY_PASSWORD: 'wrong-one' };
    const { code, told } = await runCli(['ls', url, trust, ...through], { environment: wrong });
    expect(code).toBe(1);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('does not accept the user name and password');
    expect(told[0]).toContain('PORTSIDE_PROXY_PASSWORD');
    expect(told[0]).not.toContain('wrong-one');
    expect(server.counters.controlOpened).toBe(0);
  });
});

test('a server that asks who we are is shown a certificate whose key is locked', async () => {
  const { cert, issue } = await makeAuthority();
  const own = await issue({ passphrase: 'offen' });
  await using server = await startTestServer({
    certificate: await issue(),
    clientCa: cert,
    files: { '/a': 'one' },
  });
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'ca.pem'), cert);
  await writeFile(join(folder.path, 'own.pem'), own.cert);
  await writeFile(join(folder.path, 'own.key'), own.key);
  const [url] = await addressOf(server, '/a');
  const run = (args: readonly string[], passphrase = 'offen') =>
    runCli(['cat', url, '--ca', 'ca.pem', ...args], {
      environment: { ...annasPassword, PORTSIDE_KEY_PASSPHRASE: passphrase },
      workingDirectory: folder.path,
    });
  const shown = await run(['--cert', 'own.pem', '--key', 'own.key']);
  expect([shown.code, shown.output.toString(), shown.told]).toEqual([0, 'one', []]);
  const locked = await run(['--cert', 'own.pem', '--key', 'own.key'], 'wrong-one');
  expect(locked.code).toBe(1);
  expect(locked.told.join('\n')).toContain('PORTSIDE_KEY_PASSPHRASE');
  expect(locked.told.join('\n')).not.toContain('wrong-one');
  const nobody = await run([]);
  expect(nobody.code).toBe(1);
  expect(nobody.told.join('\n')).toContain('--cert and --key');
});

test('a server that is too old is refused by what --min-tls says', async () => {
  await using server = await startTestServer({ maxTlsVersion: 'TLSv1.2', files: { '/a': 'one' } });
  const [url, trust] = await addressOf(server, '/a');
  const run = (...args: readonly string[]) =>
    runCli(['cat', url, trust, ...args], { environment: annasPassword });
  const { code, told } = await run('--min-tls', '1.3');
  expect(code).toBe(1);
  expect(told.at(-1)).toContain('(TLS 1.3 or newer)');
  expect(told.at(-1)).toContain('--min-tls 1.2');
  expect((await run('--min-tls', '1.2')).code).toBe(0);
});

test.each([
  { greeting: 'SSH-2.0-OpenSSH_9.2\r\n' },
  { onConnect: (socket: Socket) => socket.end() },
])('what only the Doctor can explain is sent to it', async (script) => {
  await using peer = await scriptedPeer(script);
  const { code, told } = await runCli(['ls', `ftp://127.0.0.1:${peer.port}/`]);
  expect(code).toBe(1);
  expect(told.at(-1)).toContain('portside doctor');
});
