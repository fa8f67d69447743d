import { onAbort } from '../../base/abort.ts';
import type { Deadline } from '../../base/clock.ts';
import { GrammarError } from '../../ftp/grammar/grammarError.ts';
import type { CommandSession } from '../commandRule.ts';
import { Refusal, reply, replyTo, type ServerReply } from '../control/serverReply.ts';
import type { ServerDataConnection } from './serverDataPort.ts';

/** What one transfer moves, and how it is announced. */
export interface Transfer {
  readonly what: 'file' | 'list' | 'facts';
  /** The text of the preliminary reply, if it says more than that the connection opens. */
  readonly announcement?: string;
  readonly signal: AbortSignal;
}

/** What a transfer works with while bytes move. */
export interface MovingTransfer {
  readonly session: CommandSession;
  readonly connection: ServerDataConnection;
  readonly framed: boolean;
  readonly stall: Deadline;
}

/** RFC 4217, 9 and 10: 521 where the protection is too low, before anything is opened. */
export function expectProtection({ server, state }: CommandSession): void {
  if (server.requireTls && state.parameters.protection !== 'P') {
    throw new Refusal(521, 'Data connections must be protected: say PROT P');
  }
}

/** Opens or keeps the data connection, moves what `move` moves, and gives the last reply. */
export async function withDataConnection(
  session: CommandSession,
  transfer: Transfer,
  move: (moving: MovingTransfer) => Promise<void>,
): Promise<ServerReply> {
  const { server, dataPort, state } = session;
  const framed = isFramed(session, transfer);
  const kept = framed ? dataPort.kept : undefined;
  const opening = transfer.announcement ?? 'Opening the data connection';
  // RFC 959, 5.4: 125 if the data connection is already open, else 150.
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

/** Some personalities answer MODE B with 200 but send no blocks, or none for listings. */
function isFramed({ server, state }: CommandSession, { what }: Transfer): boolean {
  const { personality } = server;
  if (state.parameters.mode !== 'B' || personality.blockMode === 'raw') return false;
  if (what === 'facts') return !personality.rawMlsd;
  return what === 'file' || !personality.rawList;
}

// RFC 959, 5.2: 250 where the data connection stays open, 226 where it is closed.
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

/** Closes the connection: its framing is lost, and late bytes must not be read as the next file. */
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
    ? reply(426, 'The data did not come in blocks')
    : reply(426, 'The data connection broke');
}

/** Bytes of the file or listing have passed: they are counted, and the transfer does not stall. */
export function passed(
  { session, stall }: MovingTransfer,
  counter: 'bytesSent' | 'bytesReceived',
  count: number,
): void {
  session.server.counters[counter] += count;
  stall.restart();
}

/** True where the bytes of files go as they are: they are not lines of text, and no test has ordered faults. */
export function goAsTheyAre({ state, server }: CommandSession): boolean {
  return state.parameters.type === 'I' && Object.keys(server.faults).length === 0;
}
