import { onAbort, raceAbort } from '../base/abort.ts';
import { TimeoutError } from '../base/clock.ts';
import { type Command, redactedLine } from '../ftp/grammar/command.ts';
import { latin1 } from '../ftp/grammar/charset.ts';
import type { Endpoint } from '../ftp/grammar/endpoint.ts';
import { doubleIac } from '../ftp/grammar/telnet.ts';
import { type CommandLine, CommandLines } from './commandLines.ts';
import { commandTable } from './commandTable.ts';
import type { ControlPipe } from './controlPipe.ts';
import { sessionStatus } from './informationCommands.ts';
import type { ServerContext } from './serverContext.ts';
import { ServerDataPort } from './serverDataPort.ts';
import { formatReply, replyTo, reply, type ServerReply } from './serverReply.ts';
import { type CommandRule, newState, type Session, type SessionState } from './session.ts';

// What a client may send ahead; then it is read no further until commands were answered.
const maxQueued = 4_096;

// A client that reads no replies is not served until it does.
const maxUnsent = 1024 * 1024;

/** A line in the queue. ABOR, overtaking it, may have made it void. */
interface Queued {
  readonly line: CommandLine;
  aborted: boolean;
}

/**
 * Serves one client from the greeting to the end; resolves when its control connection and all its
 * data connections are given up. Aborting `signal` says 421 and ends it.
 */
export async function serveClient(
  pipe: ControlPipe,
  server: ServerContext,
  signal: AbortSignal,
): Promise<void> {
  await using session = new ControlSession(pipe, server);
  using _ = onAbort(signal, (reason) => session.stop(reason));
  await session.run();
}

class ControlSession implements Session, AsyncDisposable {
  readonly server: ServerContext;
  readonly dataPort: ServerDataPort;
  readonly #pipe: ControlPipe;
  readonly #lines: CommandLines;
  readonly #queue: Queued[] = [];
  /** Aborts when the client has gone or is sent away. */
  readonly #over = new AbortController();
  #state: SessionState;
  #transfer: AbortController | undefined;
  #arrival: (() => void) | undefined;
  #room: (() => void) | undefined;
  #ended = false;

  constructor(pipe: ControlPipe, server: ServerContext) {
    this.#pipe = pipe;
    this.server = server;
    this.#lines = new CommandLines(server.personality);
    this.dataPort = new ServerDataPort(server, pipe.local, pipe.remote);
    this.#state = newState(server.options.tls === 'implicit');
  }

  get state(): SessionState {
    return this.#state;
  }

  get local(): Endpoint {
    return this.#pipe.local;
  }

  get remote(): Endpoint {
    return this.#pipe.remote;
  }

  get protected(): boolean {
    return this.#pipe.protected;
  }

  say(said: ServerReply): void {
    this.server.logger.debug(`< ${said.code} ${said.lines[0] ?? ''}`);
    const bytes = latin1.encode(formatReply(said));
    this.#pipe.write(this.server.personality.ignoresTelnet ? bytes : doubleIac(bytes));
  }

  reset(): void {
    const { badPasswords } = this.#state;
    this.#state = { ...newState(this.server.options.tls === 'implicit'), badPasswords };
  }

  /** Says 421 and ends whatever runs. */
  stop(reason: unknown): void {
    if (this.#over.signal.aborted) return;
    this.say(reply(421, 'The server is closing'));
    this.#over.abort(reason);
  }

  async run(): Promise<void> {
    let reading: Promise<void> | undefined;
    try {
      if (this.server.options.tls === 'implicit') await this.#startTls();
      this.say(reply(220, 'Portside is ready'));
      // Not awaited: ABOR must be seen while another command is carried out.
      reading = this.#readCommands();
      await this.#answerCommands();
    } finally {
      this.#over.abort(new Error('The session is over'));
      this.#room?.();
      this.#pipe.end();
      this.#linger();
      await reading;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error('The session is over'));
    await this.dataPort[Symbol.asyncDispose]();
    await this.#pipe.closed();
  }

  /** The last reply leaves; a client that does not close its end does not hold the server up. */
  #linger(): void {
    const { clock, limits } = this.server;
    const deadline = clock.deadline(limits.linger, 'the end of a control connection');
    deadline.signal.addEventListener('abort', () => this.#pipe.destroy(), { once: true });
    void this.#pipe.closed().then(() => deadline[Symbol.dispose]());
  }

  async #startTls(): Promise<void> {
    const { tls, clock, limits } = this.server;
    if (!tls) throw new Error('There is no certificate');
    const handshake = this.#pipe.startTls(tls);
    using deadline = clock.deadline(limits.dataConnection, 'the TLS handshake', this.#over.signal);
    using _ = onAbort(deadline.signal, () => this.#pipe.destroy());
    await handshake;
  }

  async #readCommands(): Promise<void> {
    try {
      for (;;) {
        const chunk = await this.#pipe.read();
        if (!chunk) break;
        // Past the end bytes are only read to see the connection close.
        if (!this.#over.signal.aborted) await this.#take(chunk);
      }
    } catch (error) {
      this.server.logger.debug(`The control connection broke: ${String(error)}`);
    }
    this.#end();
  }

  async #take(chunk: Uint8Array): Promise<void> {
    for (const line of this.#lines.push(chunk)) this.#arrive(line);
    while (this.#queue.length >= maxQueued && !this.#over.signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#room = resolve;
      await promise;
    }
  }

  /** RFC 959, 3.2: the end of the control connection closes the data connection. */
  #end(): void {
    this.#ended = true;
    const leaving = this.#queue.some(({ line }) => line !== 'unreadable' && line.verb === 'QUIT');
    if (!leaving) this.#transfer?.abort(new Error('The client has gone'));
    this.#arrival?.();
  }

  // RFC 959, 4.1.3: ABOR, and STAT without a pathname, act in the middle of a transfer.
  #arrive(line: CommandLine): void {
    const verb = line === 'unreadable' ? '' : line.verb;
    if (line !== 'unreadable') this.#count(line);
    if (this.#transfer && verb === 'STAT' && isBareStat(line) && this.#queue.length === 0) {
      this.say(sessionStatus(this, true));
      return;
    }
    if (this.#transfer && verb === 'ABOR') {
      this.#transfer.abort(new Error('ABOR'));
      // Transfers sent ahead of ABOR are part of what it takes back.
      for (const queued of this.#queue) queued.aborted = true;
    }
    this.#queue.push({ line, aborted: false });
    this.#arrival?.();
  }

  #count(command: Command): void {
    const { counters, logger } = this.server;
    logger.debug(`> ${redactedLine(command)}`);
    if (!commandTable.has(command.verb)) return;
    counters.commands.set(command.verb, (counters.commands.get(command.verb) ?? 0) + 1);
  }

  async #next(): Promise<Queued | undefined> {
    const { clock, limits } = this.server;
    if (this.#queue.length === 0 && !this.#ended) {
      using deadline = clock.deadline(limits.idle, 'a command', this.#over.signal);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#arrival = resolve;
      await raceAbort(promise, deadline.signal);
    }
    const next = this.#queue.shift();
    this.#room?.();
    return next;
  }

  async #answerCommands(): Promise<void> {
    try {
      for (;;) {
        const next = await this.#next();
        if (!next) return;
        const last = await this.#answer(next);
        if (this.#over.signal.aborted) return;
        if (last) this.say(last);
        if (this.#pipe.unsent > maxUnsent) await this.#pipe.drained();
        if (last?.afterwards === 'close') return;
        if (last?.afterwards === 'startTls') await this.#secure();
        if (last?.afterwards === 'stopTls') await this.#pipe.stopTls();
      }
    } catch (error) {
      if (error instanceof TimeoutError) this.say(reply(421, 'Nothing was said for too long'));
      else this.server.logger.debug(`A session ended: ${String(error)}`);
    }
  }

  // What came in the clear behind AUTH would be taken for the protected client's words
  // (CVE-2011-0411 and its kind): such a connection is not worth keeping.
  async #secure(): Promise<void> {
    if (this.#queue.length > 0 || this.#lines.partial || this.#pipe.buffered > 0) {
      this.#pipe.destroy();
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
    const refusal = faults.refusals?.[line.verb];
    if (refusal !== undefined) return reply(refusal, 'Refused on demand');
    const rule = commandTable.get(line.verb);
    const refused = this.#refuse(line, rule);
    if (refused || !rule) return refused;
    if (aborted && rule.transfers) return reply(426, 'Aborted before it began');
    return this.#run(line, rule);
  }

  /** What every command is asked for before it runs. */
  #refuse({ verb, argument }: Command, rule: CommandRule | undefined): ServerReply | undefined {
    const { options, personality } = this.server;
    if (!rule || personality.unknown?.includes(verb)) return reply(500, 'Unknown command');
    if (rule.needs === 'login' && !this.#state.loggedIn) return reply(530, 'Log in first');
    if (rule.argument && (argument ?? '') === '') return reply(501, `${verb} needs an argument`);
    if (rule.writes && options.readOnly) return reply(550, 'The server is read-only');
    return undefined;
  }

  async #run({ verb, argument = '' }: Command, rule: CommandRule): Promise<ServerReply> {
    // RFC 959, 5.4: RNTO follows RNFR at once.
    if (verb !== 'RNTO') this.#state.renameFrom = undefined;
    const running = new AbortController();
    using _ = onAbort(this.#over.signal, (reason) => running.abort(reason));
    if (rule.transfers) this.#transfer = running;
    try {
      return await rule.run(this, argument, running.signal);
    } catch (error) {
      return this.#replyToError(verb, error);
    } finally {
      this.#transfer = undefined;
      if (rule.transfers) this.#state.restartAt = 0;
    }
  }

  #replyToError(verb: string, error: unknown): ServerReply {
    const known = replyTo(error);
    if (known) return known;
    if (!this.#over.signal.aborted) this.server.logger.error(`${verb} failed: ${String(error)}`);
    return reply(451, 'A local error');
  }
}

function isBareStat(line: CommandLine): boolean {
  return line !== 'unreadable' && (line.argument ?? '') === '';
}
