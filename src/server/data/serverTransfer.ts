import { onAbort, raceAbort } from '../../base/abort.ts';
import type { Deadline } from '../../base/clock.ts';
import { GrammarError } from '../../ftp/grammar/grammarError.ts';
import type { CommandSession } from '../commandRule.ts';
import { Refusal, reply, replyTo, type ServerReply } from '../control/serverReply.ts';
import type { FileWriter } from '../folder/servedFolder.ts';
import type { ServerParts } from '../serverParts.ts';
import type { ServerDataConnection } from './serverDataPort.ts';
import {
  brokenSending,
  brokenStoring,
  frameBlocks,
  fromNetworkLines,
  toNetworkLines,
} from './transferBytes.ts';

type Bytes = AsyncIterable<Uint8Array>;

/** What one transfer is about. */
export interface Transfer {
  readonly what: 'file' | 'list' | 'facts';
  /** The preliminary reply's text, where it says more than that the connection opens. */
  readonly announcement?: string;
  readonly signal: AbortSignal;
}

/** What a transfer needs of its surroundings while bytes move. */
interface Moving {
  readonly session: CommandSession;
  readonly connection: ServerDataConnection;
  readonly framed: boolean;
  readonly stall: Deadline;
}

/** RETR and the listings: sends the pieces and gives the last reply. */
export function sendBytes(
  session: CommandSession,
  pieces: Bytes,
  transfer: Transfer,
): Promise<ServerReply> {
  const { parameters } = session.state;
  const ascii = parameters.type === 'A' && transfer.what === 'file';
  return withDataConnection(session, transfer, async (moving) => {
    const wanted = untilAborted(pieces, moving.stall.signal);
    const { faults, personality } = session.server;
    const { transport } = moving.connection;
    const sent = brokenSending(wanted, { faults, transport, framed: moving.framed });
    const counted = count(sent, 'bytesSent', moving);
    const typed = ascii ? toNetworkLines(counted) : counted;
    await writeAll(moving, moving.framed ? frameBlocks(typed, personality) : typed);
  });
}

/** STOR, APPE and STOU: writes what comes and gives the last reply. */
export function storeBytes(
  session: CommandSession,
  writer: FileWriter,
  transfer: Transfer,
): Promise<ServerReply> {
  const { parameters } = session.state;
  return withDataConnection(session, transfer, async (moving) => {
    await writer.begin();
    const { faults } = session.server;
    const received = moving.framed ? readBlocks(moving) : readStream(moving);
    const counted = count(brokenStoring(received, faults), 'bytesReceived', moving);
    const typed = parameters.type === 'A' ? fromNetworkLines(counted) : counted;
    await writeBatches(writer, typed);
    if (faults.refusesStoredData) throw new Refusal(552, 'No space left');
    if (faults.withholdsStoreReply) await moving.connection.transport.ended;
  });
}

/** RFC 4217, 9 and 10: 521 where the protection is too low. Before anything is opened. */
export function expectProtection({ server, state }: CommandSession): void {
  if (server.requireTls && state.parameters.protection !== 'P') {
    throw new Refusal(521, 'Data connections must be protected: say PROT P');
  }
}

async function withDataConnection(
  session: CommandSession,
  transfer: Transfer,
  move: (moving: Moving) => Promise<void>,
): Promise<ServerReply> {
  const { server, dataPort, state } = session;
  const framed = isFramed(session, transfer);
  const kept = framed ? dataPort.kept : undefined;
  const opening = transfer.announcement ?? 'Opening the data connection';
  // RFC 959, 5.4: 125 where the data connection is open already, else 150.
  if (kept && transfer.announcement === undefined)
    session.say(reply(125, 'Sending on the open data connection'));
  else session.say(reply(150, opening));
  let connection: ServerDataConnection | undefined;
  try {
    connection = kept ?? (await dataPort.open(state.parameters.protection, transfer.signal));
    const { transport } = connection;
    using stall = server.clock.deadline(server.limits.stall, 'data', transfer.signal);
    using _ = onAbort(stall.signal, () => transport.destroy());
    await move({ session, connection, framed, stall });
    if (framed && !server.personality.closesData) return keepOpen(session, connection);
    await dataPort.retire(connection);
    return reply(226, 'Transfer complete');
  } catch (error) {
    return broken(session, transfer, connection, error);
  }
}

/** 200 to MODE B proves nothing of some servers, and MLSD is another matter still. */
function isFramed({ server, state }: CommandSession, { what }: Transfer): boolean {
  const { personality } = server;
  if (state.parameters.mode !== 'B' || personality.blockMode === 'raw') return false;
  if (what === 'facts') return !personality.rawMlsd;
  return what === 'file' || !personality.rawList;
}

// RFC 959, 5.2: 250 where the data connection stays open, 226 where it was closed.
function keepOpen(
  { server, dataPort }: CommandSession,
  connection: ServerDataConnection,
): ServerReply {
  dataPort.keep(connection);
  const { closesDataAfterMs } = server.faults;
  if (closesDataAfterMs !== undefined) {
    void server.clock.sleep(closesDataAfterMs).then(() => dataPort.close());
  }
  return reply(server.personality.says226 ? 226 : 250, 'Transfer complete');
}

/** The framing is lost, and what comes late must not be taken for the next file: it is closed. */
function broken(
  { server, dataPort }: CommandSession,
  { signal }: Transfer,
  connection: ServerDataConnection | undefined,
  error: unknown,
): ServerReply {
  const leaveOpen = server.faults.cutBlockCode !== undefined && error instanceof Refusal;
  if (connection && !leaveOpen) {
    dataPort.forget(connection);
    connection.transport.destroy();
  }
  if (signal.aborted) return reply(426, 'Transfer aborted');
  const known = replyTo(error);
  if (known) return known;
  server.logger.debug(`A transfer broke: ${String(error)}`);
  return error instanceof GrammarError
    ? reply(426, 'What came is not in blocks')
    : reply(426, 'The data connection broke');
}

/** The next piece is read while the last one leaves. */
async function writeAll({ connection }: Moving, pieces: Bytes): Promise<void> {
  let leaving: Promise<void> = Promise.resolve();
  for await (const piece of pieces) {
    await leaving;
    leaving = connection.transport.write(piece);
    // Whoever waits for the next piece does not see this one fail: the loop's end does.
    leaving.catch(() => {});
  }
  await leaving;
}

/** A disk that takes long does not keep a transfer that nobody wants any more. */
async function* untilAborted(pieces: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await raceAbort(source.next(), signal);
      if (done === true) return;
      yield value;
    }
  } finally {
    // Not awaited: it waits for the disk.
    void source.return?.().catch(() => {});
  }
}

async function* readStream({ connection, stall }: Moving): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await connection.transport.read();
    if (!chunk) return;
    stall.restart();
    yield chunk;
  }
}

async function* readBlocks({ connection, session, stall }: Moving): AsyncGenerator<Uint8Array> {
  const { blocks, transport } = connection;
  let received = 0;
  for (;;) {
    const event = blocks.next();
    if (!event) {
      const chunk = await transport.read();
      if (!chunk) throw new Refusal(426, 'The data connection ended inside the file');
      stall.restart();
      blocks.push(chunk);
    } else if (event.kind === 'data') {
      received += event.bytes.length;
      yield event.bytes;
    } else if (event.kind === 'marker') {
      // RFC 959, 4.2: 110 MARK yyyy = mmmm, the sender's marker and ours.
      session.say(reply(110, `MARK ${event.marker} = ${received}`));
    } else {
      return;
    }
  }
}

async function* count(
  pieces: Bytes,
  counter: 'bytesSent' | 'bytesReceived',
  { session, stall }: Moving,
): AsyncGenerator<Uint8Array> {
  const { counters }: ServerParts = session.server;
  for await (const piece of pieces) {
    counters[counter] += piece.length;
    stall.restart();
    yield piece;
  }
}

// Chunks of a socket are small: written one by one, the thread pool's round trips are what counts.
const batchLength = 256 * 1024;

async function writeBatches(writer: FileWriter, pieces: Bytes): Promise<void> {
  let batch: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of pieces) {
      batch.push(piece);
      size += piece.length;
      if (size < batchLength) continue;
      const full = batch;
      batch = [];
      size = 0;
      await writer.write(full);
    }
  } finally {
    // A broken upload leaves what came, as servers do.
    if (size > 0) await writer.write(batch);
  }
}
