import { describe, expect, test } from 'vitest';
import { FtpError } from '../../src/ftp/errors.ts';
import type { Rung, TransferModeName } from '../../src/ftp/rung.ts';
import { cuttingNetwork } from '../support/cuttingNetwork.ts';
import {
  connectEngine,
  patternBytes,
  provedProfile,
  readWhole,
  startTestServer,
} from '../support/engine.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';

expectNoUnhandledErrors();

const content = patternBytes(3_000, 7);
const timeouts = { reply: 300, stall: 300, dataProbe: 300, dataConnection: 300 };

/** Reads one file, the data connection cut after so many bytes: what came, or the error. */
async function readCut(
  server: Awaited<ReturnType<typeof startTestServer>>,
  mode: TransferModeName,
  cutAfter: number,
): Promise<{
  /** Bytes, or what went wrong. */
  readonly outcome: unknown;
  readonly passed: number;
}> {
  const control = server.endpoint.port;
  const rungs: readonly Rung[] = [{ mode, dataPort: 'epsv' }];
  const profile = provedProfile(rungs);
  await using cutting = cuttingNetwork(control, () => cutAfter);
  await using connection = await connectEngine(control, {
    network: cutting.network,
    profile,
    timeouts,
  });
  const outcome = await readWhole(connection, '/a').catch((error: unknown) => error);
  return { outcome, passed: cutting.passed[0] ?? 0 };
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s that ends without close_notify', (version) => {
  test.each(['block', 'stream'] as const)(
    'in %s mode is an error anywhere in a file, and harmless behind its end',
    async (mode) => {
      await using server = await startTestServer({
        files: { '/a': content },
        maxTlsVersion: version,
      });
      const whole = await readCut(server, mode, Infinity);
      expect(Buffer.compare(whole.outcome as Uint8Array, content)).toBe(0);
      for (let after = 150; after < whole.passed - 200; after += 311) {
        const { outcome } = await readCut(server, mode, after);
        expect(outcome, `cut after ${after} bytes`).toBeInstanceOf(FtpError);
      }
      // What is left is the close_notify of stream mode, or in block mode a kept connection's.
      const { outcome } = await readCut(server, mode, whole.passed - (mode === 'stream' ? 1 : 0));
      expect(Buffer.compare(outcome as Uint8Array, content)).toBe(0);
    },
  );
});
