import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { OwnCertificate } from '../../src/server/ownCertificate.ts';
import { makeAuthority, selfSigned } from '../support/certificates.ts';
import { startTestServer } from '../support/engine.ts';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';

/** What comes of connecting where the store of the system holds `trusted`, and in how many tries. */
async function connectWhere(
  trusted: string,
  certificate: OwnCertificate,
  pinned: readonly string[] = [],
): Promise<readonly [string, number]> {
  await using folder = await makeTemporaryFolder('store');
  const store = join(folder.path, 'store.pem');
  await writeFile(store, trusted);
  await using server = await startTestServer({ certificate, anonymous: true });
  const script = new URL('../support/systemStore.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, String(server.endpoint.port), ...pinned],
    // The store of a Linux system is where OpenSSL looks for it.
    { env: { SSL_CERT_FILE: store, SSL_CERT_DIR: folder.path } },
  );
  return [stdout, server.counters.controlOpened];
}

// On other systems the store is no file that a test could put in its place.
const onLinux = test.skipIf(process.platform !== 'linux');

const [known, unknown] = [makeAuthority(), makeAuthority('Another one')];
const own = selfSigned();

onLinux.each([
  ['an authority that the store knows', 'connected', 2, async () => (await known).cert, {}],
  ['an authority that it does not know', 'unknownIssuer', 1, async () => (await unknown).cert, {}],
  [
    'one for another host',
    'wrongHost',
    2,
    async () => (await known).cert,
    { hosts: ['a.example'] },
  ],
  ['itself, in the store', 'connected', 2, async () => (await own).cert, 'own'],
  ['itself, not in the store', 'selfSigned', 1, async () => (await known).cert, 'own'],
] as const)('a certificate of %s: %s, by %d connections', async (_of, what, tries, store, wish) => {
  const certificate = wish === 'own' ? await own : await (await known).issue(wish);
  expect(await connectWhere(await store(), certificate)).toEqual([what, tries]);
});

onLinux('a pinned certificate needs no second look', async () => {
  const { cert, issue } = await known;
  const certificate = await issue();
  const pin = [certificate.fingerprint];
  expect(await connectWhere(cert, certificate, pin)).toEqual(['connected', 1]);
});
