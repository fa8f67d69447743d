import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { attributeTests, zoneTests } from './conformance/attributes.ts';
import { Column } from './conformance/cells.ts';
import { changingTests } from './conformance/changing.ts';
import { certificateTests, connectingTests } from './conformance/connecting.ts';
import { dataPortTests } from './conformance/dataPorts.ts';
import { type Ground, makeGround } from './conformance/ground.ts';
import { limitTests } from './conformance/limits.ts';
import { linkTests } from './conformance/links.ts';
import { listingTests } from './conformance/listing.ts';
import { readingTests } from './conformance/reading.ts';
import { writingTests } from './conformance/writing.ts';
import { Disk } from './support/disk.ts';
import type { Protection, RealServer } from './support/realServer.ts';
import { live } from './support/site.ts';

/**
 * The tests that every server has to pass, through the file system that the extension uses, but for
 * what is written down that it lacks. Where the server cannot run each of them is skipped, and says
 * why.
 */
export async function describeConformance(
  kind: RealServer,
  protections: readonly Protection[] = kind.protections,
): Promise<void> {
  const why = await kind.unavailable(live);
  describe(kind.name, () => {
    if (why !== undefined) beforeEach(({ skip }) => skip(why));
    for (const protection of protections) {
      describe(protection === 'none' ? 'without TLS' : protection, () =>
        conformanceTests(kind, protection, why === undefined),
      );
    }
  });
}

function conformanceTests(kind: RealServer, protection: Protection, isAvailable: boolean): void {
  const ground = standingServer(kind, protection, isAvailable);
  const column = new Column(kind, protection);
  column.group('connecting', (test) => {
    connectingTests(test, ground);
    if (protection !== 'none') certificateTests(test, ground);
  });
  column.group('data ports', (test) => dataPortTests(test, ground));
  column.group('listing', (test) => listingTests(test, ground));
  column.group('reading', (test) => readingTests(test, ground));
  column.group('writing', (test) => writingTests(test, ground));
  column.group('changing', (test) => changingTests(test, ground));
  column.group('links', (test) => linkTests(test, ground));
  column.group('attributes', (test) => {
    attributeTests(test, ground);
    if (kind.startOptions.includes('timeZone')) zoneTests(test, ground);
  });
  column.group('limits', (test) => {
    if (kind.startOptions.includes('sessions')) limitTests.sessions(test, ground);
    if (kind.startOptions.includes('idleSeconds')) limitTests.idleSeconds(test, ground);
  });
  column.expectNoStrayLack();
}

// One server for all the tests of a column.
function standingServer(
  kind: RealServer,
  protection: Protection,
  isAvailable: boolean,
): () => Ground {
  const opened = new AsyncDisposableStack();
  let standing: Ground | undefined;
  beforeAll(async () => {
    if (!isAvailable) return;
    const server = opened.use(await kind.start({ protection }, live));
    standing = makeGround(kind, server, new Disk(server));
  });
  afterAll(() => opened.disposeAsync());
  return () => {
    if (!standing) throw new Error('The server does not run yet');
    return standing;
  };
}
