import { describe, expect, test } from 'vitest';
import { FtpPeer, type PeerData, type PeerTls } from '../../../support/ftpPeer.ts';
import { startTlsServer } from '../testServer.ts';

const versions: [string, PeerTls][] = [
  ['TLS 1.2', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
  ['TLS 1.3', { minVersion: 'TLSv1.3' }],
];

type Way = 'passive' | 'default';
const ways: readonly Way[] = ['passive', 'default'];

/** Sends RETR; gives the data connection and the reply behind 150. */
async function retrieve(
  peer: FtpPeer,
  way: Way,
  by: FtpPeer = peer,
): Promise<{ code: string; bytes: string; data: PeerData }> {
  const data = way === 'passive' ? await dialPassive(peer, by) : await acceptDefault(peer);
  if (way === 'passive') await peer.say('RETR hello.txt');
  const bytes = (await data.rest()).toString();
  return { code: (await peer.reply()).slice(0, 3), bytes, data };
}

async function dialPassive(peer: FtpPeer, by: FtpPeer): Promise<PeerData> {
  const port = /\|(\d+)\|\)/.exec(await peer.say('EPSV'))?.[1];
  const data = await by.dialData(Number(port));
  // Time for the tickets that come behind a handshake, if any do.
  await peer.codes('NOOP', 'NOOP', 'NOOP');
  return data;
}

async function acceptDefault(peer: FtpPeer): Promise<PeerData> {
  const accept = await peer.listen();
  await peer.say('RETR hello.txt');
  return accept();
}

async function loggedIn(port: number, tls: PeerTls): Promise<FtpPeer> {
  const peer = await FtpPeer.dial(port);
  await peer.login('S', tls);
  // Under TLS 1.3 tickets come behind the handshake.
  await expect.poll(() => peer.session).toBeDefined();
  return peer;
}

describe.each(versions)('%s', (_name, tls) => {
  describe.each(ways)('on the %s port', (way) => {
    test('the ticket of the own control connection is good', async () => {
      await using server = await startTlsServer({ requireSessionReuse: true });
      await using anna = await loggedIn(server.endpoint.port, tls);
      const { code, bytes, data } = await retrieve(anna, way);
      expect({ code, bytes, resumed: data.resumed }).toEqual({
        code: '226',
        bytes: 'hello world\n',
        resumed: true,
      });
    });

    test("another client's ticket is not", async () => {
      await using server = await startTlsServer({ requireSessionReuse: true });
      await using anna = await loggedIn(server.endpoint.port, tls);
      await using other = await loggedIn(server.endpoint.port, tls);
      anna.session = other.session;
      expect(await retrieve(anna, way)).toMatchObject({ code: '522', bytes: '' });
      expect(server.counters).toMatchObject({ bytesSent: 0, resumedHandshakes: 0 });
    });

    test('none is not, and such a handshake gives no ticket that would be', async () => {
      await using server = await startTlsServer({ requireSessionReuse: true });
      await using anna = await loggedIn(server.endpoint.port, tls);
      const { session } = anna;
      anna.session = undefined;
      expect(await retrieve(anna, way)).toMatchObject({ code: '522', bytes: '' });
      expect(anna.dataSessions).toEqual([]);
      anna.session = session;
      await anna.say('EPSV');
      expect((await retrieve(anna, 'passive')).code).toBe('226');
    });

    test('any will do where that was said', async () => {
      await using server = await startTlsServer({ requireSessionReuse: false });
      await using anna = await loggedIn(server.endpoint.port, tls);
      anna.session = undefined;
      expect(await retrieve(anna, way)).toMatchObject({ code: '226', bytes: 'hello world\n' });
    });
  });

  test('who comes first to a passive port with a ticket of its own gets nothing', async () => {
    await using server = await startTlsServer({ requireSessionReuse: true });
    await using anna = await loggedIn(server.endpoint.port, tls);
    await using thief = await loggedIn(server.endpoint.port, tls);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await retrieve(anna, 'passive', thief)).toMatchObject({ code: '522', bytes: '' });
      thief.session = thief.dataSessions.at(-1) ?? thief.session;
    }
    expect(thief.dataSessions).toEqual([]);
    expect((await retrieve(anna, 'passive')).code).toBe('226');
  });

  test('a new login over a new handshake has tickets of its own', async () => {
    await using server = await startTlsServer({ requireSessionReuse: true });
    await using anna = await loggedIn(server.endpoint.port, tls);
    const old = anna.session;
    await anna.say('REIN');
    await anna.stopTls();
    anna.session = undefined;
    await anna.login('S', tls);
    await expect.poll(() => anna.session).toBeDefined();
    const fresh = anna.session;
    anna.session = old;
    expect((await retrieve(anna, 'passive')).code).toBe('522');
    anna.session = fresh;
    expect((await retrieve(anna, 'passive')).code).toBe('226');
  });
});
