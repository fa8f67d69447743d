import { raceAbort } from '../base/abort.ts';
import { ControlConnection } from '../ftp/control/controlConnection.ts';
import { UserPI } from '../ftp/control/userPI.ts';
import { ConnectionError, toFtpError } from '../ftp/errors.ts';
import type { Reply } from '../ftp/grammar/reply.ts';
import type { TlsContext, Transport } from '../ftp/net/transport.ts';
import { type Patient, silenceOf } from './doctorOptions.ts';
import { dialServer, dialWords } from './reaching.ts';
import { RecordingTransport, recordingTls } from './recordingTransport.ts';

// Whoever takes longer for a reply in the middle of a conversation will not be worked with.
const longestReplyMs = 15_000;

// The reply to QUIT is a courtesy; a server that counts connections takes ours off with it.
const goodbyeMs = 1_000;

/** One control connection in the doctor's hands, whatever answers there. Owns the transport. */
export class Visit implements AsyncDisposable {
  readonly control: ControlConnection;
  readonly pi: UserPI;
  readonly tls: TlsContext;
  readonly #patient: Patient;
  #record: RecordingTransport;

  constructor(patient: Patient, transport: Transport) {
    const { options, environment } = patient;
    const { charset, host, timeouts, trust } = options.connect;
    this.#patient = patient;
    this.#record = new RecordingTransport(transport);
    this.control = new ControlConnection(this.#record, {
      clock: environment.clock,
      logger: environment.logger,
      charset,
      replyTimeout: Math.min(timeouts.reply, longestReplyMs),
      // So that a silent peer can be spoken to before it has greeted.
      pipelineDepth: 2,
    });
    this.pi = new UserPI(this.control);
    this.tls = recordingTls(environment.tls(host, trust), (secured) => (this.#record = secured));
  }

  /** A further visit to the same server. Rejects with an `FtpError`, or the signal's reason. */
  static async begin(patient: Patient, address: string, signal: AbortSignal): Promise<Visit> {
    const { port } = patient.options.connect;
    try {
      return new Visit(patient, await dialServer(patient, address, port, signal));
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
    const { options, environment } = this.#patient;
    using patience = environment.clock.deadline(silenceOf(options), 'the first word', signal);
    try {
      return await raceAbort(reply, patience.signal);
    } catch (error) {
      if (signal.aborted || error !== patience.signal.reason) throw error;
      return 'silent';
    }
  }

  /** Says QUIT and lets the server take its leave, so that it counts us no longer. */
  async leave(signal: AbortSignal): Promise<void> {
    const { clock } = this.#patient.environment;
    if (!this.control.usable) return;
    using patience = clock.deadline(goodbyeMs, 'the reply to QUIT', signal);
    await raceAbort(this.control.exchange({ verb: 'QUIT' }), patience.signal).catch(() => {});
    await raceAbort(this.control.closed, patience.signal).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.control[Symbol.asyncDispose]();
  }
}
