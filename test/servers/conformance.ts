import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changingTests } from './conformance/changing.ts';
import { connectingTests } from './conformance/connecting.ts';
import { type Ground, makeGround } from './conformance/ground.ts';
import { listingTests } from './conformance/listing.ts';
import { readingTests } from './conformance/reading.ts';
import { writingTests } from './conformance/writing.ts';
import { Disk } from './support/disk.ts';
import type { RealServer, RunningServer, TlsVersion } from './support/realServer.ts';
import { at, live, openSite } from './support/site.ts';

/**
 * The tests that every server has to pass, through the file system that the extension uses. Where
 * the server cannot run each of them is skipped, and says why.
 */
export async function describeConformance(kind: RealServer): Promise<void> {
  const why = await kind.unavailable(live);
  describe(kind.name, () => {
    if (why !== undefined) beforeEach(({ skip }) => skip(why));
    conformanceTests(kind, why === undefined);
    test.each(kind.tlsVersions)('under %s every data connection resumes the session', (version) =>
      resumptionTest(kind, version),
    );
  });
}

function conformanceTests(kind: RealServer, isAvailable: boolean): void {
  let server: RunningServer | undefined;
  let standing: Ground | undefined;
  beforeAll(async () => {
    if (!isAvailable) return;
    server = await kind.start({ tlsVersion: 'TLSv1.3' }, live);
    standing = makeGround(kind, server, new Disk(server));
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  const ground = (): Ground => {
    if (!standing) throw new Error('The server does not run yet');
    return standing;
  };
  describe('connecting', () => connectingTests(ground));
  describe('listing', () => listingTests(ground));
  describe('reading', () => readingTests(ground));
  describe('writing', () => writingTests(ground));
  describe('changing', () => changingTests(ground));
}

async function resumptionTest(kind: RealServer, tlsVersion: TlsVersion): Promise<void> {
  await using server = await kind.start({ tlsVersion }, live);
  const disk = new Disk(server);
  await disk.put('/file', 'x');
  await using site = openSite(server);
  for (let time = 0; time < 5; time++) {
    await site.files.readDirectory(at('/'), { signal: live, fresh: true });
    await site.files.readFile(at('/file'), { signal: live });
  }
  const [connection] = site.connections;
  expect(connection?.description).toMatchObject({
    tlsVersion,
    dataConnections: 10,
    resumedDataConnections: 10,
  });
}
