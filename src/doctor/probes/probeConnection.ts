import { raceAbort } from '../../base/abort.ts';
import { ControlConnection } from '../../ftp/control/controlConnection.ts';
import { expectGreeting, login, protect, protectData } from '../../ftp/control/login.ts';
import { UserPI } from '../../ftp/control/userPI.ts';
import { ConnectionError, toFtpError } from '../../ftp/errors.ts';
import type { Reply } from '../../ftp/grammar/reply.ts';
import type { TlsContext, Transport } from '../../ftp/net/transport.ts';
import { Pipelining } from '../../ftp/profile/pipelining.ts';
import { silenceOf, type Subject } from '../doctorOptions.ts';
import { dialServer, dialWords } from './dialling.ts';
import { recordingTls, RecordingTransport } from './recording.ts';

// A server that takes longer for a reply is too slow to work with.
const longestReplyMs = 15_000;

// The reply to QUIT is not needed, but once it has come the server no longer counts the connection.
const goodbyeMs = 1_000;

/** One control connection of the Doctor, whatever protocol answers there. Owns the transport. */
export class ProbeConnection implements AsyncDisposable {
  readonly tls: TlsContext;
  readonly #subject: Subject;
  #record: RecordingTransport;
  #pi: UserPI;

  constructor(subject: Subject, transport: Transport) {
    const { options, parts } = subject;
    const { host, trust } = options.connect;
    this.#subject = subject;
    this.#record = new RecordingTransport(transport);
    this.#pi = this.#userPIOn(this.#record);
    this.tls = recordingTls(parts.tls(host, trust), (secured) => (this.#record = secured));
  }

  get pi(): UserPI {
    return this.#pi;
  }

  get control(): ControlConnection {
    return this.#pi.control;
  }

  /** Replaces the connection, which is lost, by a new one that is logged in. */
  async renew(address: string, signal: AbortSignal): Promise<void> {
    const { port, security } = this.#subject.options.connect;
    await this.control[Symbol.asyncDispose]();
    this.#record = new RecordingTransport(await dialServer(this.#subject, address, port, signal));
    this.#pi = this.#userPIOn(this.#record);
    await this.logIn(signal);
    await protectData(this.#pi, security, signal);
  }

  /** From the greeting to the login. */
  async logIn(signal: AbortSignal): Promise<void> {
    const { options, credentials } = this.#subject;
    const { security } = options.connect;
    if (security === 'implicit') await this.control.secure(this.tls, signal);
    expectGreeting(await this.control.greeting(signal));
    await protect(this.#pi, security, this.tls, signal);
    await login(this.#pi, credentials, signal);
  }

  #userPIOn(transport: Transport): UserPI {
    const { options, parts, omissions } = this.#subject;
    const { charset, timeouts, skipCommands } = options.connect;
    const control = new ControlConnection(transport, {
      clock: parts.clock,
      logger: parts.logger,
      charset,
      replyTimeout: Math.min(timeouts.reply, longestReplyMs),
      // Two, so that a command can go to a silent server before its greeting has come.
      pipelining: new Pipelining(2),
      skip: skipCommands,
      omissions,
    });
    return new UserPI(control);
  }

  /** A further connection to the same server. Rejects with an `FtpError`, or the signal's reason. */
  static async open(
    subject: Subject,
    address: string,
    signal: AbortSignal,
  ): Promise<ProbeConnection> {
    const { port } = subject.options.connect;
    try {
      return new ProbeConnection(subject, await dialServer(subject, address, port, signal));
    } catch (error) {
      signal.throwIfAborted();
      throw toFtpError(error, () => {
        const message = `No further connection: ${dialWords(error)}`;
        return new ConnectionError('control', message, { cause: error });
      });
    }
  }

  /** What the server said first; once TLS is established, what it said first under TLS. */
  get firstWords(): string {
    return this.#record.firstWords;
  }

  /** Waits for a reply, but only as long as a working server may be silent. */
  async soon(reply: Promise<Reply>, signal: AbortSignal): Promise<Reply | 'silent'> {
    const { options, parts } = this.#subject;
    using patience = parts.clock.deadline(silenceOf(options), 'the first word', signal);
    try {
      return await raceAbort(reply, patience.signal);
    } catch (error) {
      if (signal.aborted || error !== patience.signal.reason) throw error;
      return 'silent';
    }
  }

  /** Sends QUIT and waits for the server to close, so that it no longer counts the connection. */
  async leave(signal: AbortSignal): Promise<void> {
    const { clock } = this.#subject.parts;
    if (!this.control.usable) return;
    using patience = clock.deadline(goodbyeMs, 'the reply to QUIT', signal);
    await raceAbort(this.control.exchange({ verb: 'QUIT' }), patience.signal).catch(() => {});
    await raceAbort(this.control.closed, patience.signal).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.control[Symbol.asyncDispose]();
  }
}
