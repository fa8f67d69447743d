import { describe, expect, test } from 'vitest';
import { TlsError } from '../../src/ftp/errors.ts';
import type { TrustOptions } from '../../src/ftp/options.ts';
import type { FtpServerOptions } from '../../src/server/options.ts';
import type { OwnCertificate } from '../../src/server/ownCertificate.ts';
import { type Authority, makeAuthority, selfSigned } from '../support/certificates.ts';
import { connectEngine, readWhole, startTestServer } from '../support/engine.ts';

const authority: Promise<Authority> = makeAuthority();
const stranger: Promise<Authority> = makeAuthority('Another authority');
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

interface Meeting {
  readonly certificate: OwnCertificate;
  readonly trust: Partial<TrustOptions>;
  readonly server?: Partial<FtpServerOptions>;
}

/** What comes of a login, and which commands the server has heard. */
async function meet({ certificate, trust, server: more = {} }: Meeting): Promise<{
  error: unknown;
  heard: readonly string[];
}> {
  await using server = await startTestServer({ certificate, files: { '/a': 'one' }, ...more });
  try {
    await using connection = await connectEngine(server.endpoint.port, {
      trust: { fingerprints: [], ...trust },
    });
    expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
    return { error: undefined, heard: [...server.counters.commands.keys()] };
  } catch (error) {
    return { error, heard: [...server.counters.commands.keys()] };
  }
}

async function problemOf(meeting: Meeting): Promise<unknown> {
  const { error, heard } = await meet(meeting);
  expect(error).toBeInstanceOf(TlsError);
  expect(heard).not.toContain('USER');
  return error instanceof TlsError ? error.problem : undefined;
}

describe('a certificate', () => {
  test('of a known authority, for the host, needs no pin', async () => {
    const { cert, issue } = await authority;
    expect(await meet({ certificate: await issue(), trust: { ca: cert } })).toMatchObject({
      error: undefined,
    });
  });

  test.each([
    ['selfSigned', async () => selfSigned()],
    ['unknownIssuer', async () => (await stranger).issue()],
    ['expired', async () => (await authority).issue({ fromDay: -9, toDay: -2 })],
    ['notYetValid', async () => (await authority).issue({ fromDay: 2 })],
    ['wrongHost', async () => (await authority).issue({ hosts: ['ftp.example.com', '127.0.0.2'] })],
  ] as const)('that is %s is refused as that, unless it is pinned', async (problem, make) => {
    const certificate = await make();
    const { cert: ca } = await authority;
    expect(await problemOf({ certificate, trust: { ca } })).toBe(problem);
    const pinned = { ca, fingerprints: [certificate.fingerprint] };
    expect(await meet({ certificate, trust: pinned })).toMatchObject({ error: undefined });
  });

  test('that is valid is accepted whatever was pinned: it was renewed', async () => {
    const { cert, issue } = await authority;
    const trust = { ca: cert, fingerprints: ['00'.repeat(32)] };
    expect(await meet({ certificate: await issue(), trust })).toMatchObject({ error: undefined });
  });

  test('that has changed and is not valid is refused, with both fingerprints', async () => {
    const [before, after] = [await selfSigned(), await selfSigned()];
    const trust = { fingerprints: [before.fingerprint] };
    const { error, heard } = await meet({ certificate: after, trust });
    expect(error).toMatchObject({
      reason: 'untrusted',
      problem: 'selfSigned',
      certificate: { fingerprint: after.fingerprint },
    });
    expect(String(error)).toContain(before.fingerprint);
    expect(String(error)).toContain(after.fingerprint);
    expect(heard).not.toContain('USER');
  });

  test('is trusted by the given authorities in place of all others', async () => {
    const { issue } = await authority;
    const { cert: ca } = await stranger;
    expect(await problemOf({ certificate: await issue(), trust: { ca } })).toBe('unknownIssuer');
  });
});

describe('the versions of TLS', () => {
  test.each(versions)('%s alone is spoken where the server has no other', async (version) => {
    const { cert, issue } = await authority;
    const server = { minTlsVersion: version, maxTlsVersion: version };
    const meeting = { certificate: await issue(), trust: { ca: cert }, server };
    expect(await meet(meeting)).toMatchObject({ error: undefined });
  });

  test('a server whose newest version is too old is told apart', async () => {
    const { cert, issue } = await authority;
    const trust = { ca: cert, minVersion: 'TLSv1.3' as const };
    const server = { maxTlsVersion: 'TLSv1.2' as const };
    const { error } = await meet({ certificate: await issue(), trust, server });
    expect(error).toMatchObject({ reason: 'handshake', problem: 'version', remedy: 'none' });
    expect(String(error)).toContain('TLS 1.3 or newer');
  });
});

describe.each(versions)('a server that asks who we are, over %s', (version) => {
  const server = async (): Promise<Partial<FtpServerOptions>> => ({
    clientCa: (await authority).cert,
    minTlsVersion: version,
    maxTlsVersion: version,
  });

  test.each([undefined, 'open sesame'])(
    'is shown our certificate on every connection (passphrase %s)',
    async (passphrase) => {
      const { cert, issue } = await authority;
      const own = await issue(passphrase === undefined ? {} : { passphrase });
      const client = {
        certificate: own.cert,
        key: own.key,
        ...(passphrase !== undefined && { passphrase }),
      };
      const meeting = { certificate: await issue(), trust: { ca: cert, client } };
      for (const sessionTickets of [true, false]) {
        const options = { ...(await server()), sessionTickets };
        expect(await meet({ ...meeting, server: options })).toMatchObject({ error: undefined });
      }
    },
  );

  test('is not told a user name by who has no certificate', async () => {
    const { cert, issue } = await authority;
    const meeting = { certificate: await issue(), trust: { ca: cert }, server: await server() };
    const { error, heard } = await meet(meeting);
    expect(error).toMatchObject({ reason: 'handshake', remedy: 'none' });
    expect(String(error)).toMatch(/want a client certificate|asks for a client certificate/);
    expect(heard).not.toContain('USER');
  });
});

describe('our own certificate', () => {
  test.each([
    ['passphrase', 'a wrong passphrase', async () => ({ passphrase: 'wrong' })],
    ['passphrase', 'no passphrase', async () => ({})],
    ['unusable', 'a key of somebody else', async () => ({ key: (await selfSigned()).key })],
    ['unusable', 'a key that is none', async () => ({ key: 'no key' })],
    ['unusable', 'a certificate that is none', async () => ({ certificate: 'none' })],
  ] as const)('is refused here for its %s: %s', async (problem, _what, wrong) => {
    const { cert, issue } = await authority;
    const own = await issue({ passphrase: 'right' });
    const client = { certificate: own.cert, key: own.key, ...(await wrong()) };
    const trust = { ca: cert, client };
    const { error, heard } = await meet({ certificate: await issue(), trust });
    expect(error).toMatchObject({ reason: 'clientCertificate', problem });
    expect(String(error)).not.toContain('wrong');
    expect(heard).not.toContain('USER');
  });
});
