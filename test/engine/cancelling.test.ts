import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../src/base/abort.ts';
import { systemClock } from '../../src/base/clock.ts';
import { FtpError } from '../../src/ftp/errors.ts';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import type { DataPortName, TransferModeName } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import type { Faults } from '../../src/server/personality.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  readWhole,
  startTestServer,
} from '../support/engine.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';

expectNoUnhandledErrors();

const files = {
  '/0': patternBytes(0),
  '/1': patternBytes(1_001, 2),
  '/2': patternBytes(70_002, 3),
  '/3': patternBytes(900_003, 4),
};
type Path = keyof typeof files;
const paths = Object.keys(files) as Path[];

const kinds = ['read', 'begin', 'store', 'list', 'size', 'entry', 'rename', 'probe'] as const;

interface Operation {
  readonly kind: (typeof kinds)[number];
  readonly path: Path;
  /** Milliseconds until it is cancelled; `undefined` lets it go on. */
  readonly cancelAfter: number | undefined;
}

const operations: fc.Arbitrary<Operation[][]> = fc.array(
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      path: fc.constantFrom(...paths),
      cancelAfter: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 25 })),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  { minLength: 1, maxLength: 3 },
);

const delays = fc.dictionary(
  fc.constantFrom('RETR', 'STOR', 'MLSD', 'SIZE', 'EPSV', 'MODE', 'ABOR', 'NOOP', 'RNFR'),
  fc.integer({ min: 0, max: 20 }),
);

async function carryOut(
  connection: FtpConnection,
  { kind, path }: Operation,
  signal: AbortSignal,
): Promise<void> {
  if (kind === 'store') {
    await connection.store(at('/new'), [files[path], files[path]], { signal });
  } else if (kind === 'list') {
    const { entries } = await connection.list(at('/'), { signal });
    expect(entries.length).toBeGreaterThanOrEqual(paths.length);
  } else if (kind === 'size') {
    expect(await connection.size(at(path), { signal })).toBe(files[path].length);
  } else if (kind === 'entry') {
    expect((await connection.entry(at(path), { signal }))?.size).toBe(files[path].length);
  } else if (kind === 'rename') await connection.rename(at('/none'), at('/some'), { signal });
  else if (kind === 'probe') await connection.probe({ signal });
  else await read(connection, path, kind === 'begin', signal);
}

async function read(
  connection: FtpConnection,
  path: Path,
  leavesEarly: boolean,
  signal: AbortSignal,
): Promise<void> {
  await using retrieval = await connection.retrieve(at(path), { signal });
  const pieces: Uint8Array[] = [];
  for await (const piece of retrieval.bytes) {
    pieces.push(piece);
    if (leavesEarly) return;
  }
  expect(Buffer.compare(Buffer.concat(pieces), files[path])).toBe(0);
}

/** Each must end: with what it should, with an error of the engine's own, or cancelled. */
async function carryOutAtOnce(connection: FtpConnection, batch: readonly Operation[]) {
  await Promise.all(
    batch.map(async (operation) => {
      const cancel = new AbortController();
      const reason = new CancelledError(operation.kind);
      const { cancelAfter } = operation;
      if (cancelAfter !== undefined) {
        void systemClock.sleep(cancelAfter).then(() => cancel.abort(reason));
      }
      try {
        await carryOut(connection, operation, cancel.signal);
      } catch (error) {
        if (error !== reason) expect(error).toBeInstanceOf(FtpError);
      }
    }),
  );
}

async function isInStep(connection: FtpConnection, path: Path): Promise<void> {
  if (!connection.usable) return;
  try {
    expect(await connection.size(at(path), { signal: live })).toBe(files[path].length);
    expect(Buffer.compare(await readWhole(connection, path), files[path])).toBe(0);
    expect((await connection.list(at('/'), { signal: live })).entries.length).toBeGreaterThan(3);
  } catch (error) {
    // What a cancelled transfer left behind may end the session even now, but not in a wrong answer.
    expect(error).toBeInstanceOf(FtpError);
    expect(connection.usable, String(error)).toBe(false);
  }
}

const rungs: readonly (readonly [TransferModeName, DataPortName])[] = [
  ['block', 'default'],
  ['block', 'epsv'],
  ['stream', 'epsv'],
  ['stream', 'eprt'],
];

describe.each(rungs)('%s mode over data port %s', (mode, dataPort) => {
  test.concurrent.each([
    ['none', 1],
    ['none', 8],
    ['explicit', 1],
    ['explicit', 8],
  ] as const)(
    'security %s, %i commands ahead: whatever is cancelled, the session is in step or over',
    async (security, pipelineDepth) => {
      const faults: { delays: NonNullable<Faults['delays']> } = { delays: {} };
      await using server = await startTestServer({ tls: security, faults, files });
      const check = async (batches: Operation[][], delay: Record<string, number>) => {
        faults.delays = delay;
        await using connection = await connectEngine(server.endpoint.port, {
          security,
          pipelineDepth,
          rungs: [{ mode, dataPort }],
          profile: new ServerProfile([{ mode, dataPort }]),
          timeouts: { stall: 2_000, reply: 2_000, dataConnection: 2_000 },
        });
        for (const batch of batches) {
          await carryOutAtOnce(connection, batch);
          await isInStep(connection, batch[0]?.path ?? '/1');
        }
      };
      await fc.assert(fc.asyncProperty(operations, delays, check), {
        numRuns: 6,
        interruptAfterTimeLimit: 15_000,
      });
    },
  );
});

test.each(rungs)(
  'a connection tells that it is being brought back into step: %s mode, data port %s',
  async (mode, dataPort) => {
    await using server = await startTestServer({ faults: { delays: { ABOR: 200 } }, files });
    await using connection = await connectEngine(server.endpoint.port, {
      rungs: [{ mode, dataPort }],
      profile: new ServerProfile([{ mode, dataPort }]),
    });
    await readWhole(connection, '/1');
    expect(connection.recovering).toBeUndefined();
    const cancel = new AbortController();
    const reading = await connection.retrieve(at('/3'), { signal: cancel.signal });
    cancel.abort(new CancelledError('reading'));
    await reading[Symbol.asyncDispose]();
    const { recovering } = connection;
    expect(recovering).toBeInstanceOf(Promise);
    await recovering;
    expect(connection.recovering).toBeUndefined();
    await isInStep(connection, '/2');
  },
);
