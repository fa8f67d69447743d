import { raceAbort } from '../../base/abort.ts';
import { maxBlockLength } from '../../ftp/grammar/block.ts';
import type { CommandSession } from '../commandRule.ts';
import type { ServerReply } from '../control/serverReply.ts';
import type { FileReader } from '../folder/servedFolder.ts';
import { blocksOfFile, bytesOfFile } from './fileBytes.ts';
import {
  goAsTheyAre,
  passed,
  type Transfer,
  type MovingTransfer,
  withDataConnection,
} from './serverTransfer.ts';
import { brokenSending, endsByOwnBlock, frameBlocks, toNetworkLines } from './transferBytes.ts';

type Bytes = AsyncIterable<Uint8Array>;

/** RETR: sends a file from an offset and gives the last reply. */
export function sendFile(
  session: CommandSession,
  file: FileReader,
  offset: number,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { state, server } = session;
  const { blockLength = maxBlockLength } = server.personality;
  return withDataConnection(session, { what: 'file', signal }, (moving) => {
    const onBytes = (count: number): void => passed(moving, 'bytesSent', count);
    if (moving.framed && goAsTheyAre(session) && endsByOwnBlock(server.personality)) {
      return writeAll(moving, blocksOfFile(file, offset, blockLength, onBytes));
    }
    const bytes = faulty(moving, bytesOfFile(file, offset));
    return writePieces(moving, state.parameters.type === 'A' ? toNetworkLines(bytes) : bytes);
  });
}

/** The listings: sends the pieces and gives the last reply. */
export function sendList(
  session: CommandSession,
  pieces: Bytes,
  transfer: Transfer,
): Promise<ServerReply> {
  return withDataConnection(session, transfer, (moving) =>
    writePieces(moving, faulty(moving, pieces)),
  );
}

/** The bytes, counted, with the faults that a test has ordered. */
async function* faulty(moving: MovingTransfer, pieces: Bytes): AsyncGenerator<Uint8Array> {
  const { connection, framed, session } = moving;
  const { transport } = connection;
  const sending = { faults: session.server.faults, transport, framed };
  for await (const piece of brokenSending(pieces, sending)) {
    passed(moving, 'bytesSent', piece.length);
    yield piece;
  }
}

function writePieces(moving: MovingTransfer, pieces: Bytes): Promise<void> {
  const { personality } = moving.session.server;
  return writeAll(moving, moving.framed ? frameBlocks(pieces, personality) : pieces);
}

/** Reads the next piece while the last one is being sent. Ends at once with the signal, even while the disk is slow. */
async function writeAll({ connection, stall }: MovingTransfer, pieces: Bytes): Promise<void> {
  const source = pieces[Symbol.asyncIterator]();
  let leaving: Promise<void> = Promise.resolve();
  try {
    for (;;) {
      const next = await raceAbort(source.next(), stall.signal);
      await leaving;
      if (next.done === true) return;
      leaving = connection.transport.write(next.value);
      // While the next piece is read, this failure is not seen. The next `await leaving` throws it.
      leaving.catch(() => {});
    }
  } finally {
    // Not awaited: it waits for the disk.
    void source.return?.().catch(() => {});
  }
}
