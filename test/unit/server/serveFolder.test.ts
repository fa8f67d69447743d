import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { serveFolder, type ServeOptions } from '../../../src/server/ftpServer.ts';
import { loadOrMakeCertificate } from '../../../src/server/ownCertificate.ts';
import { FtpPeer } from '../../support/ftpPeer.ts';
import { withTempFolder } from './testServer.ts';

/** Serves until `run` is done; gives the lines that were printed. */
async function whileServing(
  options: Partial<ServeOptions> & { stateFolder: string },
  run: (port: number, lines: string[]) => Promise<void>,
): Promise<string[]> {
  const stop = new AbortController();
  const lines: string[] = [];
  const listening = Promise.withResolvers<number>();
  const serving = serveFolder(
    {
      folder: { kind: 'memory' },
      listen: { host: '127.0.0.1', port: 0 },
      tls: 'none',
      anonymous: true,
      readOnly: false,
      defaultPortOnly: false,
      clock: systemClock,
      logger: silentLogger,
      ...options,
    },
    (line) => {
      lines.push(line);
      const port = /^listening .*:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) listening.resolve(Number(port));
    },
    stop.signal,
  );
  try {
    await run(await Promise.race([listening.promise, serving.then(() => 0)]), lines);
  } finally {
    stop.abort();
    await serving;
  }
  return lines;
}

test('serve says where it listens and ends with its signal', async () => {
  await withTempFolder(async (stateFolder) => {
    const lines = await whileServing({ stateFolder }, async (port) => {
      await using peer = await FtpPeer.dial(port);
      expect(await peer.codes('USER anonymous', 'PASS me@')).toEqual(['331', '230']);
    });
    expect(lines).toEqual([expect.stringMatching(/^listening 127\.0\.0\.1:\d+$/)]);
  });
});

test('serve lets the named user in, serves the folder on disk, and makes one certificate', async () => {
  await withTempFolder(async (root) => {
    const stateFolder = join(root, 'state');
    await writeFile(join(root, 'file'), '12345');
    const options: Partial<ServeOptions> & { stateFolder: string } = {
      stateFolder,
      folder: { kind: 'disk', root },
      tls: 'explicit',
      anonymous: false,
      user: { name: 'anna', password: 'secret' },
    };
    const shown: string[] = [];
    for (let start = 0; start < 2; start++) {
      const lines = await whileServing(options, async (port) => {
        await using peer = await FtpPeer.dial(port);
        await peer.say('AUTH TLS');
        const stream = await peer.startTls();
        shown.push(stream.getPeerX509Certificate()?.fingerprint256 ?? '');
        expect(
          await peer.codes('USER anna', 'PASS wrong', 'USER anna', 'PASS secret', 'TYPE I'),
        ).toEqual(['331', '530', '331', '230', '200']);
        expect(await peer.say('SIZE file')).toBe('213 5');
      });
      expect(lines[1]).toBe(`fingerprint ${shown[0]?.replaceAll(':', '').toLowerCase()}`);
    }
    expect(shown[1]).toBe(shown[0]);
    expect((await stat(join(stateFolder, 'certificate.pem'))).mode & 0o777).toBe(0o600);
  });
});

test('the certificate is one that ordinary validation takes, for the names it was made for', async () => {
  await withTempFolder(async (folder) => {
    const made = await loadOrMakeCertificate(folder, ['files.example.org', '192.0.2.7']);
    const server = tls.createServer(made).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    for (const servername of ['localhost', 'files.example.org']) {
      const socket = tls.connect({ host: '127.0.0.1', port, servername, ca: made.cert });
      await once(socket, 'secureConnect');
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    server.close();
    expect(new X509Certificate(made.cert).checkIP('192.0.2.7')).toBe('192.0.2.7');
  });
});

test('a certificate is kept until it expires; a damaged file is replaced', async () => {
  await withTempFolder(async (folder) => {
    const first = await loadOrMakeCertificate(folder, []);
    expect(await loadOrMakeCertificate(folder, [])).toEqual(first);
    const late = { ...systemClock, now: () => Date.UTC(2100, 0, 1) };
    const second = await loadOrMakeCertificate(folder, [], late);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    await writeFile(join(folder, 'certificate.pem'), 'nonsense');
    const third = await loadOrMakeCertificate(folder, []);
    expect(third.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(await readFile(join(folder, 'certificate.pem'), 'utf8')).toContain(third.cert);
  });
});

test.each([
  [undefined, '522'],
  ['required', '522'],
  ['any', '226'],
] as const)('a data session that is new gets, with %s, %s', async (dataSession, code) => {
  await withTempFolder(async (stateFolder) => {
    const options = { stateFolder, tls: 'explicit', ...(dataSession && { dataSession }) } as const;
    const user = { name: 'anna', password: 'secret' };
    await whileServing({ ...options, user }, async (port) => {
      await using peer = await FtpPeer.dial(port);
      await peer.login('S', { minVersion: 'TLSv1.3' });
      peer.session = undefined;
      const passive = /\|(\d+)\|\)/.exec(await peer.say('EPSV'))?.[1];
      const data = await peer.dialData(Number(passive));
      await peer.say('NLST');
      await data.rest();
      expect((await peer.reply()).slice(0, 3)).toBe(code);
    });
  });
});

test('serve bounds its memory and its clients as it was told', async () => {
  await withTempFolder(async (stateFolder) => {
    const options = {
      stateFolder,
      folder: { kind: 'memory', limits: { bytes: 8, entries: 1 } },
      limits: { connectionsPerAddress: 1 },
    } as const;
    await whileServing(options, async (port) => {
      await using peer = await FtpPeer.dial(port);
      await peer.codes('USER anonymous', 'PASS me@');
      await using second = await FtpPeer.dial(port);
      expect(second.greeting).toBe('421 Too many connections');
      const accept = await peer.listen();
      await peer.say('STOR f');
      (await accept()).stream.end('123456789');
      expect(await peer.reply()).toBe('452 No space left');
      expect(await peer.codes('MKD d')).toEqual(['452']);
    });
  });
});
