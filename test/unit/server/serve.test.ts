import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { loadOrMakeCertificate } from '../../../src/server/certificate.ts';
import { serve, type ServeOptions } from '../../../src/server/serve.ts';
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
  const serving = serve(
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
