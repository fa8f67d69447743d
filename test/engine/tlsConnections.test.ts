import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ConnectionError, TlsError, TransferError } from '../../src/ftp/errors.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../src/ftp/net/tls.ts';
import type { TlsContext, Transport } from '../../src/ftp/net/transport.ts';
import { defaultOptions } from '../../src/ftp/options.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type Authority, makeAuthority, selfSigned } from '../support/certificates.ts';
import {
  connectEngine,
  type EngineOverrides,
  live,
  provedProfile,
  readWhole,
  startTestServer,
} from '../support/engine.ts';
import { scriptedPeer } from '../support/scriptedPeer.ts';
import { type TlsData, type TlsPeerScript, tlsPeer } from '../support/tlsPeer.ts';

const authority: Promise<Authority> = makeAuthority();
const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const stream: readonly Rung[] = [{ mode: 'stream', dataPort: 'epsv' }];
const block: readonly Rung[] = [{ mode: 'block', dataPort: 'epsv' }];

const trusting = async (): Promise<EngineOverrides> => ({
  security: 'implicit',
  trust: { ca: (await authority).cert, fingerprints: [] },
});

/** A server that answers RETR with 150 at once and 226 when the test's data is on its way. */
function serving(
  send: (data: TlsData) => void,
  size: number | undefined,
): Pick<TlsPeerScript, 'answer' | 'onData'> {
  let confirm: (() => void) | undefined;
  return {
    answer: (line, say) => {
      if (line.startsWith('SIZE')) return size === undefined ? '502 What?' : `213 ${size}`;
      if (!line.startsWith('RETR')) return undefined;
      confirm = () => say('226 Done');
      return '150 Coming';
    },
    onData: (data) => {
      send(data);
      confirm?.();
    },
  };
}

describe.each(versions)('data connections over %s', (version) => {
  test.each([true, false])(
    'resume the session of the control connection, where tickets come: %s',
    async (sessionTickets) => {
      await using server = await startTestServer({
        minTlsVersion: version,
        maxTlsVersion: version,
        sessionTickets,
        requireSessionReuse: sessionTickets,
        files: { '/a': 'one', '/b': 'two' },
      });
      await using connection = await connectEngine(server.endpoint.port, { rungs: stream });
      expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
      expect(Buffer.from(await readWhole(connection, '/b')).toString()).toBe('two');
      expect(connection.description).toMatchObject({
        dataConnections: 2,
        resumedDataConnections: sessionTickets ? 2 : 0,
      });
      expect(server.counters.fullHandshakes).toBe(sessionTickets ? 0 : 2);
    },
  );

  test.each(['selfSigned', 'valid'])(
    'that show another certificate are refused: a %s one',
    async (kind) => {
      const { issue } = await authority;
      await using peer = await tlsPeer({
        version,
        certificate: await issue(),
        dataCertificate: kind === 'valid' ? await issue() : await selfSigned(),
        ...serving(({ secured }) => secured.end('stolen'), 6),
      });
      const own = { ...(await trusting()), rungs: stream };
      await using connection = await connectEngine(peer.port, own);
      const error: unknown = await readWhole(connection, '/a').catch((why: unknown) => why);
      expect(error).toBeInstanceOf(TlsError);
      expect(error).toMatchObject({ reason: 'otherServer' });
    },
  );

  test('that do not know the ticket are believed by the certificate of the control one', async () => {
    const certificate = await (await authority).issue();
    await using peer = await tlsPeer({
      version,
      certificate,
      dataCertificate: certificate,
      ...serving(({ secured }) => secured.end('one'), 3),
    });
    const own = { ...(await trusting()), rungs: stream };
    await using connection = await connectEngine(peer.port, own);
    expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
    expect(peer.data.map(({ resumed }) => resumed)).toEqual([false]);
  });
});

const cut = ({ raw }: TlsData): void => void raw.end();

/** Sends the text, and cuts the connection off behind it. */
const sending =
  (text: string) =>
  (data: TlsData): void =>
    void data.secured.write(text, () => cut(data));

/** What becomes of a file that comes by `send`. */
const attempt = async (
  send: (data: TlsData) => void,
  size: number | undefined,
  rungs: readonly Rung[],
): Promise<string> => {
  const certificate = await (await authority).issue();
  await using peer = await tlsPeer({ certificate, ...serving(send, size) });
  const profile = provedProfile(rungs);
  const own = { ...(await trusting()), rungs, profile };
  await using connection = await connectEngine(peer.port, own);
  return Buffer.from(await readWhole(connection, '/a')).toString();
};

describe('a data connection that is cut off without a close_notify', () => {
  test('inside a stream is an error, whatever the server confirms', async () => {
    await expect(attempt(sending('half'), 8, stream)).rejects.toBeInstanceOf(TransferError);
  });

  test('behind a whole stream, whose size the server knows, harms nothing', async () => {
    expect(await attempt(sending('whole'), 5, stream)).toBe('whole');
  });

  test('inside a block is an error, whatever the server confirms', async () => {
    await expect(attempt(sending('\0\0\x08half'), 8, block)).rejects.toBeInstanceOf(TransferError);
  });

  test('between two blocks of a file is an error too', async () => {
    await expect(attempt(sending('\0\0\x04half'), 8, block)).rejects.toBeInstanceOf(TransferError);
  });

  test('behind the block that ends the file harms neither it nor the next one', async () => {
    const certificate = await (await authority).issue();
    let closed: Promise<unknown> = Promise.resolve();
    const send = (data: TlsData): void => {
      closed = once(data.secured, 'end');
      sending('\x40\0\x05whole')(data);
    };
    await using peer = await tlsPeer({ certificate, ...serving(send, 5) });
    const profile = provedProfile(block);
    const own = { ...(await trusting()), rungs: block, profile };
    await using connection = await connectEngine(peer.port, own);
    for (let round = 0; round < 3; round++) {
      expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('whole');
      // What crosses the end of a kept connection is repeated above: here it is seen first.
      await closed;
    }
    expect(peer.data).toHaveLength(3);
  });
});

describe('a server that closes before the handshake', () => {
  test.each(['implicit', 'explicit'] as const)(
    'is a connection that broke, and another one may serve: %s TLS',
    async (security) => {
      await using peer = await scriptedPeer(
        security === 'implicit'
          ? { onConnect: (socket) => void socket.end() }
          : { greeting: '220 Hi\r\n', answer: (_, socket) => void socket.end('234 Go on\r\n') },
      );
      const error: unknown = await connectEngine(peer.port, { security }).catch((why) => why);
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ on: 'control', remedy: 'reconnect' });
      expect(peer.received).not.toContain('USER');
    },
  );

  test('on a data connection is no question of trust', async () => {
    const certificate = await (await authority).issue();
    await using peer = await tlsPeer({
      certificate,
      closesData: 1,
      answer: (line) => (line.startsWith('RETR') ? '425 It broke' : undefined),
    });
    const own = { ...(await trusting()), rungs: stream };
    await using connection = await connectEngine(peer.port, own);
    const error: unknown = await readWhole(connection, '/a').catch((why: unknown) => why);
    expect(error).toMatchObject({ kind: 'connection', on: 'data' });
  });
});

const dial = async (port: number): Promise<Transport> =>
  await tcpNetwork(systemClock).dial({ host: '127.0.0.1', port }, { signal: live });

const contextFor = async (host: string): Promise<TlsContext> =>
  nodeTls(host, { ...defaultOptions.trust, ca: (await authority).cert });

describe('who a server must be', () => {
  test.each([
    ['ftp.example.com', 'ftp.example.com', 'ftp.example.com'],
    ['FTP.Example.com.', 'ftp.example.com', 'ftp.example.com'],
    ['bücher.example', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['bücher.example.', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['192.0.2.7', '192.0.2.7', undefined],
    ['2001:db8::7', '2001:db8::7', undefined],
    ['2001:DB8:0:0::7', '2001:db8::7', undefined],
    ['fe80::7%eth0', 'fe80::7', undefined],
    ['www.example.com', '*.example.com', 'www.example.com'],
  ])('%s is proved by a certificate for %s, and asked for as %s', async (host, issued, name) => {
    const certificate = await (await authority).issue({ hosts: [issued] });
    await using peer = await tlsPeer({ certificate });
    const context = await contextFor(host);
    await using transport = await context.secure(await dial(peer.port), 'control', live);
    await transport.read(live);
    expect(peer.controls).toEqual([{ resumed: false, name }]);
  });

  test.each([
    ['ftp.example.com', 'example.com'],
    ['192.0.2.7', '192.0.2.8'],
    ['2001:db8::7', '2001:db8::8'],
    ['bücher.example', 'xn--bcher-kvb.example'],
    ['a.b.example.com', '*.example.com'],
  ])('%s is not proved by a certificate for %s', async (host, issued) => {
    const certificate = await (await authority).issue({ hosts: [issued] });
    await using peer = await tlsPeer({ certificate });
    const context = await contextFor(host);
    const securing = context.secure(await dial(peer.port), 'control', live);
    await expect(securing).rejects.toMatchObject({ reason: 'untrusted', problem: 'wrongHost' });
  });

  test('a ticket is offered to the data connections of its own control connection only', async () => {
    const hosts = ['one.example', 'two.example'];
    const certificate = await (await authority).issue({ hosts });
    for (const version of versions) {
      await using peer = await tlsPeer({ certificate, version });
      const open: Transport[] = [];
      const handshake = async (context: TlsContext, role: 'control' | 'data'): Promise<boolean> => {
        const transport = await context.secure(await dial(peer.port), role, live);
        open.push(transport);
        // In TLS 1.3 the ticket comes behind the handshake, before the greeting.
        if (role === 'control') await transport.read(live);
        return transport.protection?.resumed ?? false;
      };
      const [one, again, two] = [
        await contextFor('one.example'),
        await contextFor('one.example'),
        await contextFor('two.example'),
      ];
      expect(await handshake(one, 'control')).toBe(false);
      expect(await handshake(again, 'control')).toBe(false);
      expect(await handshake(two, 'control')).toBe(false);
      expect(peer.controls.map(({ resumed }) => resumed)).toEqual([false, false, false]);
      expect(await handshake(one, 'data')).toBe(true);
      for (const transport of open) await transport[Symbol.asyncDispose]();
    }
  });
});
