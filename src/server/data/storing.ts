import { createHash, type Hash } from 'node:crypto';
import type { CommandSession } from '../commandRule.ts';
import { Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import type { FileWriter } from '../folder/servedFolder.ts';
import {
  goAsTheyAre,
  passed,
  type Transfer,
  type MovingTransfer,
  withDataConnection,
} from './serverTransfer.ts';
import { brokenStoring, fromNetworkLines } from './transferBytes.ts';

/** Some pieces at a time, in their order. */
type Pieces = AsyncIterable<readonly Uint8Array[]>;

/** STOR, APPE and STOU: writes what comes and gives the last reply. */
export function storeBytes(
  session: CommandSession,
  writer: FileWriter,
  transfer: Transfer,
): Promise<ServerReply> {
  const { faults, hashes } = session.server;
  return withDataConnection(session, transfer, async (moving) => {
    await writer.begin();
    using storing = hashes.begin(await writer.entry());
    const received = moving.framed ? receiveBlocks(moving) : receiveStream(moving);
    const pieces = goAsTheyAre(session) ? received : changed(session, received);
    // Of a file that was there before, another program may write a part at the same time.
    const digest = writer.isNew ? createHash('sha256') : undefined;
    const length = await writeBatches(writer, pieces, digest);
    if (faults.refusesStoredData) throw new Refusal(552, 'No space left');
    if (digest) {
      const entry = await writer.entry();
      if (entry.size === length) storing.keep(entry, digest.digest('hex'));
    }
    if (faults.withholdsStoreReply) await moving.connection.transport.ended;
  });
}

async function* receiveStream(moving: MovingTransfer): Pieces {
  const { transport } = moving.connection;
  for (;;) {
    const chunk = await transport.read();
    if (!chunk) return;
    passed(moving, 'bytesReceived', chunk.length);
    yield [chunk];
  }
}

/** All pieces that have come, then those that come later, to the end of the file. What follows it stays for the next file. */
async function* receiveBlocks(moving: MovingTransfer): Pieces {
  const { blocks, transport } = moving.connection;
  let pieces: Uint8Array[] = [];
  let received = 0;
  for (;;) {
    const event = blocks.next();
    if (event?.kind === 'data') {
      received += event.bytes.length;
      passed(moving, 'bytesReceived', event.bytes.length);
      pieces.push(event.bytes);
    } else if (event?.kind === 'marker') {
      // RFC 959, 4.2: 110 MARK yyyy = mmmm: the sender's marker and ours.
      moving.session.say(reply(110, `MARK ${event.marker} = ${received}`));
    } else if (event) {
      yield pieces;
      return;
    } else {
      let chunk = pieces.length < piecesAtATime ? transport.readNow() : undefined;
      if (!chunk) {
        yield pieces;
        pieces = [];
        chunk = await transport.read();
      }
      if (!chunk) throw new Refusal(426, 'The data connection ended inside the file');
      moving.stall.restart();
      blocks.push(chunk);
    }
  }
}

/** Lines of text as they are kept here, and the faults that a test has ordered. */
async function* changed({ state, server }: CommandSession, received: Pieces): Pieces {
  const broken = brokenStoring(oneByOne(received), server.faults);
  const typed = state.parameters.type === 'A' ? fromNetworkLines(broken) : broken;
  for await (const piece of typed) yield [piece];
}

async function* oneByOne(pieces: Pieces): AsyncGenerator<Uint8Array> {
  for await (const some of pieces) yield* some;
}

// So many buffers a system writes in one call. A client may send blocks of one byte each.
const piecesAtATime = 1_024;

// Chunks of a socket are small. Written one by one, they would cost a trip to the thread pool each.
const batchLength = 1024 * 1024;

/** Writes and hashes in large batches, one while the next one comes. Gives the number of bytes. */
async function writeBatches(
  writer: FileWriter,
  pieces: Pieces,
  digest: Hash | undefined,
): Promise<number> {
  let batch: Uint8Array[] = [];
  let size = 0;
  let length = 0;
  let writing: Promise<void> = Promise.resolve();
  const writeBatch = async (): Promise<void> => {
    await writing;
    for (const piece of digest ? batch : []) digest?.update(piece);
    writing = writer.write(batch);
    // While the next batch comes, this failure is not seen. The next `await writing` throws it.
    writing.catch(() => {});
    length += size;
    batch = [];
    size = 0;
  };
  try {
    for await (const some of pieces) {
      for (const piece of some) {
        size += piece.length;
        batch.push(piece);
      }
      if (size >= batchLength || batch.length >= piecesAtATime) await writeBatch();
    }
  } finally {
    // After a broken upload the file holds what has come, as on other servers.
    if (size > 0) await writeBatch();
    await writing;
  }
  return length;
}
