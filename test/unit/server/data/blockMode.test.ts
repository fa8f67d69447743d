import { describe, expect, test } from 'vitest';
import { memoryFolder } from '../../../../src/server/folder/memoryFolder.ts';
import { FtpPeer, type PeerTls } from '../../../support/ftpPeer.ts';
import { startTestServer, startTlsServer } from '../testServer.ts';

const securities: [string, PeerTls | undefined][] = [
  ['in the clear', undefined],
  ['under TLS 1.2', { maxVersion: 'TLSv1.2' }],
  ['under TLS 1.3', { minVersion: 'TLSv1.3' }],
];

describe.each(securities)('block mode over the default data port %s', (_name, security) => {
  const start = security ? startTlsServer : startTestServer;

  test('many transfers, both ways and listings among them, share one data connection', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const accept = await peer.listen();
    peer.write('RETR hello.txt\r\n');
    const data = await accept();
    expect(await peer.reply()).toBe('150 Opening the data connection');
    expect(await data.file()).toEqual({
      headers: ['00000c', '400000'],
      content: Buffer.from('hello world\n'),
    });
    expect(await peer.reply()).toBe('250 Transfer complete');

    expect(await peer.say('STOR new')).toBe('125 Sending on the open data connection');
    data.sendBlock('new content');
    expect(await peer.reply()).toBe('250 Transfer complete');

    peer.write('MLSD\r\nRETR new\r\nRETR empty\r\nRETR absent\r\nNLST folder\r\n');
    const listing = (await data.file()).content.toString();
    expect(listing).toMatch(
      /^type=file;size=12;modify=\d{14};perm=awdfr;unique=\w+;UNIX\.mode=0644; hello\.txt\r\n/,
    );
    expect((await data.file()).content.toString()).toBe('new content');
    expect(await data.file()).toEqual({ headers: ['400000'], content: Buffer.from('') });
    expect((await data.file()).content.toString()).toBe('inner.txt\r\n');
    const codes = [];
    for (let at = 0; at < 9; at++) codes.push((await peer.reply()).slice(0, 3));
    expect(codes).toEqual(['125', '250', '125', '250', '125', '250', '550', '125', '250']);
    expect(data.ended).toBe(false);
    expect(data.resumed).toBe(security !== undefined);
    expect(server.counters).toMatchObject({
      dataOpened: 1,
      dataOpen: 1,
      resumedHandshakes: security ? 1 : 0,
      fullHandshakes: 0,
    });
  });

  test('a file of a mebibyte comes in full blocks and ends with a block of its own', async () => {
    const big = Buffer.alloc(1_048_577);
    for (let at = 0; at < big.length; at++) big[at] = at % 251;
    await using server = await start({ folder: memoryFolder({ '/big': big }) });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const accept = await peer.listen();
    peer.write('RETR big\r\n');
    const { headers, content } = await (await accept()).file();
    expect(content.equals(big)).toBe(true);
    expect(headers.at(0)).toBe('00ffff');
    expect(headers.at(-1)).toBe('400000');
    expect(headers.slice(0, -1).every((header) => header.startsWith('00'))).toBe(true);
  });
});
