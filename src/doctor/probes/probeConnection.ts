import { raceAbort } from '../../base/abort.ts';
import { ControlConnection } from '../../ftp/control/controlConnection.ts';
import { expectGreeting, login, protect, protectData } from '../../ftp/control/login.ts';
import { UserPI } from '../../ftp/control/userPI.ts';
import { ConnectionError, toFtpError } from '../../ftp/errors.ts';
import type { Reply } from '../../ftp/grammar/reply.ts';
import type { TlsContext, Transport } from '../../ftp/net/transport.ts';
import { type Subject, silenceOf } from '../doctorOptions.ts';
import { dialServer, dialWords } from './dialling.ts';
import { RecordingTransport, recordingTls } from './watching.ts';

// Whoever takes longer for a reply in the middle of a conversation will not be worked with.
const longestReplyMs = 15_000;

// The reply to QUIT is a courtesy; a server that counts connections takes ours off with it.
const goodbyeMs = 1_000;

/** One control connection in the doctor's hands, whatever answers there. Owns the transport. */
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
    this.#pi = this.#speakOn(this.#record);
    this.tls = recordingTls(parts.tls(host, trust), (secured) => (this.#record = secured));
  }

  get pi(): UserPI {
    return this.#pi;
  }

  get control(): ControlConnection {
    return this.#pi.control;
  }

  /** Goes on with another connection, as far as the login: the one before is lost. */
  async renew(address: string, signal: AbortSignal): Promise<void> {
    const { port, security } = this.#subject.options.connect;
    await this.control[Symbol.asyncDispose]();
    this.#record = new RecordingTransport(await dialServer(this.#subject, address, port, signal));
    this.#pi = this.#speakOn(this.#record);
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

  #speakOn(transport: Transport): UserPI {
    const { options, parts, omissions } = this.#subject;
    const { charset, timeouts, skipCommands } = options.connect;
    const control = new ControlConnection(transport, {
      clock: parts.clock,
      logger: parts.logger,
      charset,
      replyTimeout: Math.min(timeouts.reply, longestReplyMs),
      // So that a silent peer can be spoken to before it has greeted.
      pipelineDepth: 2,
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

  /** What the peer said first: under TLS, once that is there. */
  get firstWords(): string {
    return this.#record.firstWords;
  }

  /** Waits for a reply, but not longer than a server is silent without a reason. */
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

  /** Says QUIT and lets the server take its leave, so that it counts us no longer. */
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
