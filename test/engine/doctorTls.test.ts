import { once } from 'node:events';
import { createServer as createWebServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/doctor/report/report.ts';
import { makeAuthority, selfSigned, type CertificateWish } from '../support/certificates.ts';
import { type DoctorOverrides, examine, stageOf } from '../support/doctor.ts';
import { anna, startTestServer } from '../support/engine.ts';
import { loginAnswers, scriptedPeer } from '../support/scriptedPeer.ts';

const nobodyKnown = { trust: { fingerprints: [] } };

/** A server that shows this certificate, examined; how often it was told a user name. */
async function showing(
  wish: CertificateWish,
  overrides: DoctorOverrides = nobodyKnown,
): Promise<{ report: DoctorReport; fingerprint: string; users: number }> {
  const certificate = await selfSigned(wish);
  await using server = await startTestServer({ certificate });
  const report = await examine(server.endpoint.port, overrides);
  const users = server.counters.commands.get('USER') ?? 0;
  return { report, fingerprint: certificate.fingerprint, users };
}

describe('a certificate', () => {
  test('that nobody vouches for is certificate-unknown, and the fix is to trust it', async () => {
    const { report, fingerprint, users } = await showing({});
    expect(report).toMatchObject({
      cause: 'certificate-unknown',
      certainty: 'certain',
      usable: false,
      fix: { changes: { fingerprint }, risk: expect.stringContaining(fingerprint) },
    });
    expect(stageOf(report, 'certificate').outcome).toBe('failed');
    expect(stageOf(report, 'login').outcome).toBe('skipped');
    expect(users).toBe(0);
  });

  test('other than the trusted one says so', async () => {
    const { report, users } = await showing({}, { trust: { fingerprints: ['0'.repeat(64)] } });
    expect(report.cause).toBe('certificate-unknown');
    expect(report.fix?.risk).toContain('You trusted another certificate');
    expect(users).toBe(0);
  });

  test('of a known authority for another host is certificate-wrong-host', async () => {
    const authority = await makeAuthority();
    const certificate = await authority.issue({ hosts: ['ftp.example.com'] });
    await using server = await startTestServer({ certificate });
    const report = await examine(server.endpoint.port, {
      trust: { fingerprints: [], ca: authority.cert },
    });
    expect(report).toMatchObject({ cause: 'certificate-wrong-host', usable: false });
    expect(server.counters.commands.has('USER')).toBe(false);
  });

  test.each([true, false])(
    'that has expired is certificate-expired (issued: %s)',
    async (issued) => {
      const authority = await makeAuthority();
      const wish = { fromDay: -10, toDay: -1 };
      const certificate = issued ? await authority.issue(wish) : await selfSigned(wish);
      await using server = await startTestServer({ certificate });
      const report = await examine(server.endpoint.port, {
        trust: { fingerprints: [], ca: authority.cert },
      });
      expect(report).toMatchObject({ cause: 'certificate-expired', usable: false });
      expect(server.counters.commands.has('USER')).toBe(false);
    },
  );

  test.each([true, false])('of a time to come means a wrong clock (issued: %s)', async (issued) => {
    const authority = await makeAuthority();
    const wish = { fromDay: 5, toDay: 30 };
    const certificate = issued ? await authority.issue(wish) : await selfSigned(wish);
    await using server = await startTestServer({ certificate });
    const report = await examine(server.endpoint.port, {
      trust: { fingerprints: [], ca: authority.cert },
    });
    expect(report).toMatchObject({ cause: 'clock-wrong', certainty: 'likely', usable: false });
    expect(report.fix).toBeUndefined();
  });

  test('that is good passes, and one that soon expires is warned of', async () => {
    const authority = await makeAuthority();
    const certificate = await authority.issue({ toDay: 3 });
    await using server = await startTestServer({ certificate });
    const report = await examine(server.endpoint.port, {
      trust: { fingerprints: [], ca: authority.cert },
    });
    expect(report.cause).toBe('none');
    expect(stageOf(report, 'certificate').outcome).toBe('warning');
  });
});

test('a server that wants a certificate of ours is client-certificate-required', async () => {
  const authority = await makeAuthority();
  await using server = await startTestServer({ clientCa: authority.cert });
  const report = await examine(server.endpoint.port);
  expect(report).toMatchObject({ cause: 'client-certificate-required', usable: false });
});

test('a certificate of ours that cannot be used is looked for at our side', async () => {
  await using server = await startTestServer();
  const client = { certificate: 'torn', key: 'torn' };
  const report = await examine(server.endpoint.port, { trust: { fingerprints: [], client } });
  expect(report).toMatchObject({ cause: 'tls-failed', certainty: 'certain', usable: false });
  expect(report.advice).toMatch(/files of the client certificate and of its key/);
});

describe('the version of TLS', () => {
  test('is the cause where the site takes 1.3 only and the server has 1.2', async () => {
    await using server = await startTestServer({ maxTlsVersion: 'TLSv1.2' });
    const report = await examine(server.endpoint.port, { trust: { minVersion: 'TLSv1.3' } });
    expect(report).toMatchObject({
      cause: 'tls-version',
      certainty: 'certain',
      usable: false,
      fix: { changes: { minTlsVersion: 'TLSv1.2' } },
    });
    expect(server.counters.commands.has('USER')).toBe(false);
  });

  test('is the cause under implicit TLS, too', async () => {
    await using server = await startTestServer({ tls: 'implicit', maxTlsVersion: 'TLSv1.2' });
    const report = await examine(server.endpoint.port, {
      security: 'implicit',
      trust: { minVersion: 'TLSv1.3' },
    });
    expect(report.cause).toBe('tls-version');
  });

  test('of a server that is too old has no fix', async () => {
    const { cert, key } = await selfSigned();
    const version = 'TLSv1.1';
    const versions = { minVersion: version, maxVersion: version } as const;
    const server = createServer({ cert, key, ciphers: 'DEFAULT@SECLEVEL=0', ...versions });
    server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server's address is never a path.
    const { port } = server.address() as AddressInfo;
    const report = await examine(port, { security: 'implicit' });
    server.close();
    expect(report).toMatchObject({ cause: 'tls-version', usable: false });
    expect(report.explanation).toContain('TLSv1.1');
    expect(report.fix).toBeUndefined();
  });
});

describe('implicit TLS asked of a server that begins in the clear', () => {
  test('is explicit-tls-expected, and the fix works', async () => {
    await using server = await startTestServer();
    const { port } = server.endpoint;
    const report = await examine(port, { security: 'implicit' });
    expect(report).toMatchObject({
      cause: 'explicit-tls-expected',
      certainty: 'certain',
      usable: false,
      fix: { changes: { security: 'explicit', port } },
    });
    expect(server.counters.commands.has('USER')).toBe(false);
  });

  test('has no fix where there is no TLS at all', async () => {
    await using server = await startTestServer({ tls: 'none' });
    const report = await examine(server.endpoint.port, { security: 'implicit' });
    expect(report.cause).toBe('explicit-tls-expected');
    expect(report.fix).toBeUndefined();
  });

  test('is ssh-on-port where that answers', async () => {
    await using peer = await scriptedPeer({ greeting: 'SSH-2.0-OpenSSH_9.2p1\r\n' });
    const report = await examine(peer.port, { security: 'implicit' });
    expect(report.cause).toBe('ssh-on-port');
  });
});

describe.each(['explicit', 'implicit'] as const)(
  'a site with %s TLS at a web server',
  (security) => {
    test.each(['knows its own protocol only', 'takes any'])(
      'that %s: http-on-port',
      async (words) => {
        const { cert, key, fingerprint } = await selfSigned();
        const server = words.startsWith('knows')
          ? createWebServer({ cert, key })
          : createServer({ cert, key }, (socket) => {
              socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
            });
        server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
        await once(server, 'listening');
        // A TCP server's address is never a path.
        const { port } = server.address() as AddressInfo;
        const report = await examine(port, { security, trust: { fingerprints: [fingerprint] } });
        server.close();
        expect(report).toMatchObject({ cause: 'http-on-port', usable: false });
      },
    );
  },
);

test('a server without TLS is tls-not-offered, and is told no user name', async () => {
  await using server = await startTestServer({ tls: 'none' });
  const report = await examine(server.endpoint.port);
  expect(report).toMatchObject({ cause: 'tls-not-offered', certainty: 'certain', usable: false });
  expect(report.fix).toMatchObject({
    changes: { security: 'none' },
    risk: expect.stringContaining('unprotected'),
  });
  expect(server.counters.commands.has('USER')).toBe(false);
});

test('where TLS is only wished for, a server without it can be worked with', async () => {
  await using server = await startTestServer({ tls: 'none' });
  const report = await examine(server.endpoint.port, { security: 'explicitIfOffered' });
  expect(report).toMatchObject({ cause: 'tls-not-offered', usable: true });
});

test('a server that lets everybody in and refuses TLS is told no user name', async () => {
  await using peer = await scriptedPeer({
    greeting: '230 You are in already\r\n',
    answer: (line) => (line.startsWith('AUTH') ? '530 Not needed\r\n' : loginAnswers(line)),
  });
  const report = await examine(peer.port);
  expect(report).toMatchObject({ cause: 'tls-not-offered', usable: false });
  expect(peer.received).not.toMatch(/USER|PASS|STAT|PASV/);
});

test('a server that goes on in the clear after 234 is not spoken to', async () => {
  await using peer = await scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) => (line === 'AUTH TLS' ? '234 Go\r\n230 In\r\n' : undefined),
  });
  const report = await examine(peer.port);
  expect(report).toMatchObject({ cause: 'tls-failed', usable: false });
  expect(peer.received).not.toMatch(/USER|PASS/);
});

test.each([
  ['530 TLS is required', 'certain'],
  ['550 SSL/TLS required on the control channel', 'certain'],
  ['534 Policy requires SSL', 'certain'],
  ['421 Sorry, cleartext sessions are not accepted', 'likely'],
  // vsftpd 3.0.3 to a user whom its list bars, TLS or not.
  ['530 Permission denied.', 'likely'],
])('a server in the clear that says %j to USER requires TLS', async (refusal, certainty) => {
  await using peer = await scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) => (line === 'AUTH TLS' ? '234 Go\r\n' : `${refusal}\r\n`),
  });
  const report = await examine(peer.port, { security: 'none' });
  expect(report).toMatchObject({
    cause: 'tls-required',
    certainty,
    usable: false,
    fix: { changes: { security: 'explicit' } },
  });
  expect(peer.received).not.toContain('PASS');
});

test('the embedded server requires TLS', async () => {
  await using server = await startTestServer();
  const report = await examine(server.endpoint.port, { security: 'none' });
  expect(report).toMatchObject({ cause: 'tls-required', certainty: 'certain' });
});

describe('a login', () => {
  test('with a wrong password is login-refused', async () => {
    await using server = await startTestServer({ limits: { badPasswordDelay: 1 } });
    const credentials = { ...anna, password: 'not the secret' };
    const report = await examine(server.endpoint.port, { credentials });
    expect(report).toMatchObject({ cause: 'login-refused', certainty: 'certain', usable: false });
    expect(server.counters.commands.get('PASS')).toBe(1);
  });

  test('in the clear with a wrong password is not taken for a lack of TLS', async () => {
    await using server = await startTestServer({
      requireTls: false,
      limits: { badPasswordDelay: 1 },
    });
    const credentials = { ...anna, password: 'not the secret' };
    const report = await examine(server.endpoint.port, { security: 'none', credentials });
    expect(report.cause).toBe('login-refused');
  });

  test('shows no secret and no user name, whatever the server repeats', async () => {
    const credentials = { user: 'annabel', password: 'hush-hush', account: 'acc-7' };
    await using peer = await scriptedPeer({
      greeting: '220 Hi\r\n',
      answer: (line) => {
        if (line.startsWith('USER')) return '331-Password of annabel\r\n331 \x1b[31mNow\r\n';
        if (line.startsWith('PASS')) return '332 hush-hush of annabel is fine\r\n';
        if (line.startsWith('ACCT')) return '530 acc-7 of annabel with hush-hush is not\r\n';
        return loginAnswers(line);
      },
    });
    const report = await examine(peer.port, { security: 'none', credentials });
    expect(report.cause).toBe('login-refused');
    expect(JSON.stringify(report)).not.toMatch(/annabel|hush-hush|acc-7|\\u001b/);
  });
});
