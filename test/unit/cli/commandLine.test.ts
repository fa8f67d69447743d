import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import { personalities } from '../../../src/server/personality.ts';
import { FolderError } from '../../../src/server/folder/servedFolder.ts';
import { startTestServer } from '../../support/engine.ts';
import { testCertificate } from '../../support/testCertificate.ts';
import { addressOf, annasPassword, runCli, temporaryFolder } from './cliRun.ts';

test('help and version are answers', async () => {
  for (const args of [['--help'], ['-h'], ['help'], ['ls', '--help'], ['put', '-r', '-h']]) {
    const { code, output, told } = await runCli(args);
    expect([args, code, told]).toEqual([args, 0, []]);
    expect(output.toString()).toContain('portside ');
  }
  expect((await runCli(['--version'])).output.toString()).toBe('1.2.3\n');
  const { output } = await runCli(['--help']);
  for (const verb of ['ls', 'cat', 'get', 'put', 'rm', 'serve', 'parse-listing']) {
    expect(output.toString()).toContain(`portside ${verb} `);
  }
  for (const name of Object.keys(personalities)) expect(output.toString()).toContain(name);
});

test.each([
  [[]],
  [['frobnicate']],
  [['constructor']],
  [['ls']],
  [['ls', 'ftp://a', 'ftp://b']],
  [['ls', 'not/an/address']],
  [['ls', '--long', 'ftp://a']],
  [['cat']],
  [['rm', 'ftp://a']],
  [['get', 'ftp://a/b']],
  [['get', 'a', 'b']],
  [['get', 'ftp://a/b', 'ftp://a/c']],
  [['get', 'ftp://a/b', '']],
  [['put', 'a']],
  [['put', 'ftp://a/b', 'c']],
  [['put', 'ftp://a/b', 'ftp://a/c']],
  [['serve']],
  [['serve', '--memory']],
  [['serve', '--anonymous']],
  [['serve', '--anonymous', '--memory', '--root', '.']],
  [['serve', '--anonymous', '--memory', 'x']],
  [['serve', '--anonymous', '--memory', '--listen', 'a:b']],
  [['serve', '--anonymous', '--memory', '--listen', '[1.2.3.4]:1']],
  [['serve', '--anonymous', '--memory', '--tls', 'maybe']],
  [['serve', '--anonymous', '--memory', '--cert', 'a.pem']],
  [['serve', '--anonymous', '--memory', '--personality', 'nice']],
  [['serve', '--memory', '--user', 'anna']],
  [['serve', '--anonymous', '--memory', '--data-session', 'maybe']],
  [['serve', '--anonymous', '--memory', '--max-connections', '0']],
  [['serve', '--anonymous', '--memory', '--max-per-address', '-1']],
  [['serve', '--anonymous', '--memory', '--login-timeout', 'soon']],
  [['serve', '--anonymous', '--memory', '--memory-limit', '1.5']],
  [['serve', '--anonymous', '--root', '.', '--memory-limit', '1']],
])('%j is a usage error, told in a sentence', async (args) => {
  const { code, output, told } = await runCli(args);
  expect([code, output.length]).toEqual([2, 0]);
  expect(told[0]).toMatch(/^.+[.\])A-Z]$/);
});

test.each([
  ['set', { environment: { PORTSIDE_PASSWORD: '' }, types: 'typed' }],
  ['typed', { types: '' }],
])('nothing is served with an empty password that was %s', async (_how, options) => {
  const stop = new AbortController();
  const args = ['serve', '--memory', '--user', 'anna', '--tls', 'none', '--listen', ':0'];
  const run = { ...options, signal: stop.signal, onOutput: () => stop.abort() };
  const { code, output, told } = await runCli(args, run);
  expect([code, output.toString()]).toEqual([2, '']);
  expect(told[0]).toContain('password of anna is empty');
});

test('a server that is not there is a failure that names it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const { code, told } = await runCli(['ls', `ftpes://127.0.0.1:${port}/`]);
  expect(code).toBe(1);
  expect(told.at(-1)).toContain(`ftpes://127.0.0.1:${port}: `);
  expect(told.at(-1)).toContain('check the host and the port');
});

test('a certificate that is not trusted is shown with what to do, and gets no user name', async () => {
  await using server = await startTestServer();
  const [url] = await addressOf(server, '/');
  const { fingerprint } = await testCertificate;
  const { code, told } = await runCli(['ls', url], { environment: annasPassword });
  expect(code).toBe(1);
  expect(told.join('\n')).toContain(`trust it with --fingerprint ${fingerprint}`);
  expect(told.join('\n')).toContain('CN=Portside');
  expect(server.counters.commands.get('USER')).toBeUndefined();
  const other = ['--fingerprint', 'ab'.repeat(32)];
  const again = await runCli(['ls', url, ...other], { environment: annasPassword });
  expect(again.told.join('\n')).toContain('It is not the one that --fingerprint names');
});

test('a CA is trusted in place of a fingerprint', async () => {
  await using server = await startTestServer();
  const [url] = await addressOf(server, '/');
  const { cert } = await testCertificate;
  await using folder = await temporaryFolder();
  await writeFile(`${folder.path}/ca.pem`, cert);
  const { code } = await runCli(['ls', '--ca', 'ca.pem', url], {
    environment: annasPassword,
    workingDirectory: folder.path,
  });
  expect(code).toBe(0);
});

test('a server without TLS gets no user name, unless that is said', async () => {
  await using server = await startTestServer({ tls: 'none' });
  const [url] = await addressOf(server, '/');
  const refused = await runCli(['ls', url], { environment: annasPassword });
  expect(refused.code).toBe(1);
  expect(refused.told.at(-1)).toContain('--security none');
  expect(server.counters.commands.get('USER')).toBeUndefined();
  const { code } = await runCli(['ls', url, '--security', 'none'], { environment: annasPassword });
  expect(code).toBe(0);
});

test('a wrong password is a failure, and is said once to the server', async () => {
  await using server = await startTestServer({ limits: { badPasswordDelay: 0 } });
  const [url, trust] = await addressOf(server, '/');
  const { code, told } = await runCli(['ls', url, trust], { types: 'wrong-one' });
  expect(code).toBe(1);
  expect(told.at(-1)).toContain('PORTSIDE_PASSWORD');
  expect(told.join('\n')).not.toContain('wrong-one');
  expect(server.counters.commands.get('PASS')).toBe(1);
});

test('the password is asked for where it is not known', async () => {
  await using server = await startTestServer();
  const [url, trust] = await addressOf(server, '/');
  expect((await runCli(['ls', url, trust], { types: 'secret' })).code).toBe(0);
  const { code, told } = await runCli(['ls', url, trust]);
  expect(code).toBe(2);
  expect(told[0]).toContain('PORTSIDE_PASSWORD');
});

test('without a user the login is anonymous, whatever the password says', async () => {
  await using server = await startTestServer({ anonymous: true, files: { '/a': 'x' } });
  const [, trust] = await addressOf(server);
  const url = `ftpes://127.0.0.1:${server.endpoint.port}/a`;
  const { code, output, told } = await runCli(['cat', url, trust, '--trace'], {
    environment: annasPassword,
  });
  expect([code, output.toString()]).toEqual([0, 'x']);
  expect(told).toContain('> USER anonymous');
  expect(told.join('\n')).not.toContain('secret');
});

test('--trace shows the dialogue without secrets, and the rung at the end', async () => {
  await using server = await startTestServer({ defaultPortOnly: true, files: { '/a': 'content' } });
  const [url, trust] = await addressOf(server, '/a');
  const run = await runCli(['cat', url, trust, '--trace'], { environment: annasPassword });
  expect([run.code, run.output.toString()]).toEqual([0, 'content']);
  expect(run.told.slice(0, -1).filter((line) => !/^[<>] /.test(line))).toEqual([]);
  expect(run.told).toContain('> PASS ****');
  expect(run.told).toContain('> RETR /a');
  expect(run.told.at(-1)).toBe('Rung: block mode · default data port · TLS 1.3');
});

test('what a server says has no power over the terminal', async () => {
  await using server = await startTestServer({
    files: { '/\u009b31mred': 'x', '/\u202egpj.exe': 'y' },
  });
  const [url, trust] = await addressOf(server, '/');
  for (const args of [['ls'], ['ls', '--json']]) {
    const { output } = await runCli([...args, url, trust], { environment: annasPassword });
    expect(output.toString()).toMatch(/red[\s\S]*gpj|gpj[\s\S]*red/);
    expect(output.toString()).not.toMatch(/[\u0080-\u009f\u202e]/);
  }
});

test('an address without a path means the folder of the login, and a file is listed too', async () => {
  await using server = await startTestServer({ files: { '/a/b.txt': 'content' } });
  const [home, trust] = await addressOf(server);
  const environment = annasPassword;
  expect((await runCli(['ls', home, trust], { environment })).output.toString()).toMatch(
    /^d .* a\/\n$/,
  );
  const file = await runCli(['ls', '--json', `${home}/a/b.txt`, trust], { environment });
  expect(JSON.parse(file.output.toString())).toMatchObject({
    path: '/a/b.txt',
    entries: [{ name: 'b.txt', type: 'file', size: 7 }],
  });
  const missing = await runCli(['ls', `${home}/nothing`, trust], { environment });
  expect(missing.code).toBe(1);
  expect(missing.told.at(-1)).toMatch(/\/nothing failed: it does not exist.*55\d/);
});

test('rm deletes a file, and a folder only when that is said', async () => {
  await using server = await startTestServer({ files: { '/a/b': 'x', '/a/c/d': 'y', '/e': 'z' } });
  const [url, trust] = await addressOf(server);
  const rm = async (...args: string[]): Promise<readonly [number, string]> => {
    const { code, told } = await runCli(['rm', ...args, trust], { environment: annasPassword });
    return [code, told.join('\n')];
  };
  expect(await rm(`${url}/e`)).toEqual([0, '']);
  expect(await rm(`${url}/a`)).toEqual([1, expect.stringContaining('-r deletes it')]);
  expect(await rm('-r', `${url}/a`)).toEqual([0, '']);
  expect(await rm(`${url}/a`)).toEqual([1, expect.stringContaining('does not exist')]);
  expect(await rm('-r', `${url}/`)).toEqual([1, expect.stringContaining('root')]);
});

test('rm -r goes on after what cannot be deleted, and tells of each', async () => {
  const folder = memoryFolder({ '/a/b': 'x', '/a/c/d': 'y', '/a/c/e': 'z' });
  const removeFile = folder.removeFile.bind(folder);
  folder.removeFile = async (path) => {
    if (/[bd]$/.test(path)) throw new FolderError('denied', path);
    return removeFile(path);
  };
  await using server = await startTestServer({ folder });
  const [url, trust] = await addressOf(server);
  const { code, told } = await runCli(['rm', '-r', `${url}/a`, trust], {
    environment: annasPassword,
  });
  expect(code).toBe(1);
  expect(told.map((line) => /deleting (\S+) failed/i.exec(line)?.[1])).toEqual(['/a/b', '/a/c/d']);
  const left = await runCli(['ls', '-R', `${url}/a`, trust], { environment: annasPassword });
  expect(left.output.toString()).not.toMatch(/ e$/m);
});

test('serve says where it listens and what it is known by, until it is interrupted', async () => {
  const controller = new AbortController();
  const listening = Promise.withResolvers<string>();
  let output = '';
  await using state = await temporaryFolder();
  const args = ['serve', '--memory', '--anonymous', '--listen', '127.0.0.1:0'];
  const serving = runCli([...args, '--default-port-only'], {
    signal: controller.signal,
    platform: 'linux',
    environment: { XDG_STATE_HOME: state.path },
    onOutput: (text) => {
      output += text;
      if (/fingerprint/.test(output)) listening.resolve(output);
    },
  });
  const [, port, fingerprint] =
    /^listening 127\.0\.0\.1:(\d+)\nfingerprint ([0-9a-f]{64})\n$/.exec(await listening.promise) ??
    [];
  const url = `ftpes://127.0.0.1:${port}/`;
  const ls = await runCli(['ls', url, '--fingerprint', fingerprint ?? '']);
  expect([ls.code, ls.told]).toEqual([0, []]);
  controller.abort(new Error('interrupted'));
  expect((await serving).code).toBe(0);
  expect((await runCli(['ls', url, '--fingerprint', fingerprint ?? ''])).code).toBe(1);
});

test('serve tells why it cannot listen', async () => {
  await using server = await startTestServer();
  const { port } = server.endpoint;
  const listen = ['--listen', `127.0.0.1:${port}`];
  const { code, told } = await runCli([
    'serve',
    '--memory',
    '--anonymous',
    '--tls',
    'none',
    ...listen,
  ]);
  expect(code).toBe(1);
  expect(told).toEqual([`127.0.0.1:${port} cannot be listened on: another program listens there.`]);
});
