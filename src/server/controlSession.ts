import { onAbort, raceAbort } from '../base/abort.ts';
import { TimeoutError, yieldToOthers } from '../base/clock.ts';
import { latin1 } from '../ftp/grammar/charset/charset.ts';
import { type Command, doubleIac, redactedLine } from '../ftp/grammar/command.ts';
import type { Endpoint } from '../ftp/grammar/endpoint.ts';
import {
  type ClientState,
  type CommandRule,
  type CommandSession,
  isAbortable,
  isBare,
  newClientState,
  refusalOf,
} from './commandRule.ts';
import { commandTable } from './commands/commandTable.ts';
import { sessionStatus } from './commands/accessCommands.ts';
import { type Guest, LoginDeadline } from './control/admission.ts';
import {
  type CommandLine,
  CommandLines,
  CommandQueue,
  type Queued,
} from './control/commandLines.ts';
import type { ControlTransport } from './control/controlTransport.ts';
import { formatReply, reply, replyTo, type ServerReply } from './control/serverReply.ts';
import { ServerDataPort } from './data/serverDataPort.ts';
import { clientBounds } from './limits.ts';
import type { ServerParts } from './serverParts.ts';

/**
 * Serves one client from the greeting to the end. Resolves when its control connection and all its data
 * connections are closed. When `signal` aborts, the client is sent 421 and the session ends.
 */
export async function serveClient(
  transport: ControlTransport,
  server: ServerParts,
  guest: Guest,
  signal: AbortSignal,
): Promise<void> {
  await using session = new ControlSession(transport, server, guest);
  using _ = onAbort(signal, (reason) => session.stop(reason, 'The server is closing'));
  using _dismissed = onAbort(guest.dismissed, (reason) =>
    session.stop(reason, 'Other clients are waiting, and you have not logged in'),
  );
  await session.run();
}

// Then the other clients have theirs. So many replies may share a write.
const commandsInTurn = 8;

class ControlSession implements CommandSession, AsyncDisposable {
  readonly server: ServerParts;
  readonly dataPort: ServerDataPort;
  readonly #transport: ControlTransport;
  readonly #lines: CommandLines;
  readonly #queue = new CommandQueue();
  /** Aborts when the client has gone or is turned away. */
  readonly #over = new AbortController();
  readonly #guest: Guest;
  #state: ClientState;
  readonly #login: LoginDeadline;
  /** Aborts the running command, if ABOR may end it. */
  #abortable: AbortController | undefined;

  constructor(transport: ControlTransport, server: ServerParts, guest: Guest) {
    this.#transport = transport;
    this.#guest = guest;
    this.#login = new LoginDeadline(server, (reason) =>
      this.stop(reason, 'You have not logged in for too long'),
    );
    this.server = server;
    this.#lines = new CommandLines(server.personality);
    this.dataPort = new ServerDataPort(server, transport.local, transport.remote);
    this.#state = newClientState(server.options.tls === 'implicit');
  }

  get state(): ClientState {
    return this.#state;
  }

  get local(): Endpoint {
    return this.#transport.local;
  }

  get remote(): Endpoint {
    return this.#transport.remote;
  }

  get protected(): boolean {
    return this.#transport.protected;
  }

  say(said: ServerReply): void {
    this.server.logger.debug(`< ${said.code} ${said.lines[0] ?? ''}`);
    const bytes = latin1.encode(formatReply(said));
    this.#transport.write(this.server.personality.ignoresTelnet ? bytes : doubleIac(bytes));
  }

  reset(): void {
    const { badPasswords } = this.#state;
    this.#state = { ...newClientState(this.server.options.tls === 'implicit'), badPasswords };
  }

  /** Sends 421 and ends the running command and the session. */
  stop(reason: unknown, text: string): void {
    if (this.#over.signal.aborted) return;
    this.say(reply(421, text));
    this.#over.abort(reason);
  }

  async run(): Promise<void> {
    let reading: Promise<void> | undefined;
    this.#watchLogin();
    void this.#transport.closed().then(() => this.#end());
    try {
      if (this.server.options.tls === 'implicit') await this.#startTls();
      this.say(reply(220, 'Portside is ready'));
      // Not awaited: ABOR must be read while another command runs.
      reading = this.#readCommands();
      await this.#answerCommands();
    } finally {
      this.#over.abort(new Error('The session is over'));
      this.#queue.close();
      const { clock, limits } = this.server;
      this.#transport.endBy(clock.deadline(limits.linger, 'the end of a control connection'));
      await reading;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error('The session is over'));
    this.#login[Symbol.dispose]();
    await this.dataPort[Symbol.asyncDispose]();
    await this.#transport.closed();
  }

  async #startTls(): Promise<void> {
    const { tls, clock, limits } = this.server;
    if (!tls) throw new Error('There is no certificate');
    const session = tls.newSession();
    this.dataPort.protectBy(session);
    const handshake = this.#transport.startTls(session);
    using deadline = clock.deadline(limits.handshake, 'the TLS handshake', this.#over.signal);
    using _ = onAbort(deadline.signal, () => this.#transport.destroy());
    await handshake;
  }

  async #readCommands(): Promise<void> {
    try {
      for (;;) {
        const chunk = await this.#transport.read();
        if (!chunk) break;
        // When the session is over, bytes are read only to see the connection close.
        if (!this.#over.signal.aborted) await this.#take(chunk);
      }
    } catch (error) {
      this.server.logger.debug(`The control connection broke: ${String(error)}`);
    }
    this.#end();
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#lines.push(chunk);
    for (;;) {
      if (this.#over.signal.aborted) return;
      if (this.#queue.size >= clientBounds.queued[this.#standing]) {
        await this.#queue.taken();
        continue;
      }
      const line = this.#lines.next();
      if (!line) return;
      this.#arrive(line);
    }
  }

  get #standing(): 'stranger' | 'known' {
    return this.#state.loggedIn ? 'known' : 'stranger';
  }

  #watchLogin(): void {
    this.#guest.loggedIn = this.#state.loggedIn;
    this.#login.watch(this.#state.loggedIn);
  }

  /** RFC 959, 3.2: the end of the control connection closes the data connection. */
  #end(): void {
    this.#queue.end();
    if (this.#queue.has('QUIT')) return;
    // If the client has gone, the commands that it sent ahead are not run.
    const unwanted = this.#transport.gone ? this.#over : this.#abortable;
    unwanted?.abort(new Error('The client has gone'));
  }

  // RFC 959, 4.1.3: ABOR, and STAT without a pathname, act in the middle of a transfer.
  #arrive(line: CommandLine): void {
    const verb = line === 'unreadable' ? '' : line.verb;
    if (line !== 'unreadable') this.#count(line);
    if (this.#abortable && verb === 'STAT' && isBare(line) && this.#queue.size === 0) {
      this.say(sessionStatus(this, true));
      return;
    }
    if (this.#abortable && verb === 'ABOR' && isBare(line)) {
      this.#abortable.abort(new Error('ABOR'));
      // ABOR also cancels the transfers that the client sent ahead of it.
      this.#queue.abort();
    }
    this.#queue.push(line);
  }

  #count(command: Command): void {
    const { counters, logger } = this.server;
    logger.debug(`> ${redactedLine(command)}`);
    if (!commandTable.has(command.verb)) return;
    counters.commands.set(command.verb, (counters.commands.get(command.verb) ?? 0) + 1);
  }

  async #next(): Promise<Queued | undefined> {
    const queued = this.#queue.take();
    if (queued) return queued;
    const { clock, limits } = this.server;
    using deadline = clock.deadline(limits.idle, 'a command', this.#over.signal);
    await this.#queue.arrival(deadline.signal);
    return this.#queue.take();
  }

  async #answerCommands(): Promise<void> {
    let answered = 0;
    try {
      for (;;) {
        const next = await this.#next();
        if (!next) return;
        const last = await this.#answer(next);
        if (this.#over.signal.aborted) return;
        if (last) this.say(last);
        this.#watchLogin();
        if (this.#transport.unsent > clientBounds.unsent[this.#standing]) await this.#drained();
        if (last?.afterwards === 'close') return;
        if (last?.afterwards === 'startTls') await this.#secure();
        if (last?.afterwards === 'stopTls') await this.#transport.stopTls();
        // A client that sends many commands ahead must not block the others.
        if (++answered % commandsInTurn === 0 && this.#queue.size > 0) await yieldToOthers();
      }
    } catch (error) {
      if (error instanceof TimeoutError) this.stop(error, 'No command came for too long');
      else this.server.logger.debug(`A session ended: ${String(error)}`);
    }
  }

  async #drained(): Promise<void> {
    const { clock, limits } = this.server;
    using deadline = clock.deadline(limits.stall, 'replies to be read', this.#over.signal);
    await raceAbort(this.#transport.drained(), deadline.signal);
  }

  // Commands that came in the clear after AUTH would be run as if they had come under TLS
  // (CVE-2011-0411 and others): such a connection is closed.
  async #secure(): Promise<void> {
    if (this.#queue.size > 0 || this.#lines.partial || this.#transport.buffered > 0) {
      this.#transport.destroy();
      throw new Error('Bytes in the clear came after AUTH');
    }
    await this.#startTls();
  }

  async #answer({ line, aborted }: Queued): Promise<ServerReply | undefined> {
    if (line === 'unreadable') return reply(500, 'Not a command');
    const { faults, clock } = this.server;
    const delay = faults.delays?.[line.verb];
    if (delay !== undefined) await clock.sleep(delay, this.#over.signal);
    if (faults.silent?.includes(line.verb)) return undefined;
    const rule = commandTable.get(line.verb);
    const refused = refusalOf(this, line, rule);
    if (refused || !rule) return refused;
    if (aborted && isAbortable(rule)) return reply(426, 'Aborted before it began');
    return this.#run(line, rule);
  }

  async #run({ verb, argument = '' }: Command, rule: CommandRule): Promise<ServerReply> {
    // RFC 959, 5.4: RNTO follows RNFR at once.
    if (verb !== 'RNTO') this.#state.renameFrom = undefined;
    const running = new AbortController();
    using _ = onAbort(this.#over.signal, (reason) => running.abort(reason));
    if (isAbortable(rule)) this.#abortable = running;
    try {
      return await rule.run(this, argument, running.signal);
    } catch (error) {
      return running.signal.aborted ? reply(426, 'Aborted') : this.#replyToError(verb, error);
    } finally {
      this.#abortable = undefined;
      if (rule.transfers) this.#state.restartAt = 0;
    }
  }

  #replyToError(verb: string, error: unknown): ServerReply {
    const known = replyTo(error);
    if (known) return known;
    this.server.logger.error(`${verb} failed: ${String(error)}`);
    return reply(451, 'A local error');
  }
}
