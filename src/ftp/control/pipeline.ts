import { concatBytes } from '../../base/bytes.ts';
import type { Deadline } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { ArgumentError, type FtpError, FtpTimeoutError, ProtocolError } from '../errors.ts';
import type { Charset } from '../grammar/charset/charset.ts';
import {
  type Command,
  encodeCommand,
  type IacForm,
  isSecret,
  redactedLine,
} from '../grammar/command.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import { linesForLog, type Reply } from '../grammar/reply.ts';
import { quickQuestions } from '../options.ts';
import type { ControlOptions, Exchange } from './exchange.ts';

export interface PipelineParts extends Pick<ControlOptions, 'pipelining' | 'clock'> {
  /** An exchange goes out: its first command has to be written. */
  readonly onSend: (exchange: Exchange) => void;
}

/**
 * The exchanges of one control connection in their order: those that were sent and are not answered,
 * and behind them those that wait to be sent.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #sent: Exchange[] = [];
  readonly #waiting: Exchange[] = [];
  #hasSentAhead = false;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  /** How many commands may await their replies now; 1 is lockstep. */
  get depth(): number {
    const { pipelining, clock } = this.#parts;
    return pipelining.depth(clock.now());
  }

  /** A command was sent while another one was unanswered. */
  get hasSentAhead(): boolean {
    return this.#hasSentAhead;
  }

  /** The one that the next reply belongs to. */
  get first(): Exchange | undefined {
    return this.#sent[0];
  }

  /** No more than one command is unanswered. */
  get isAlone(): boolean {
    return this.#sent.length <= 1;
  }

  /** The greeting is expected first, and nothing is written for it. */
  awaitGreeting(greeting: Exchange): void {
    this.#sent.push(greeting);
  }

  /** Takes its place at the end, and goes out as soon as it may. */
  join(exchange: Exchange): void {
    this.#waiting.push(exchange);
    this.sendWaiting();
  }

  /** Goes out at once, before those that wait. */
  send(exchange: Exchange): void {
    exchange.sentBehind = this.#sent.length;
    this.#hasSentAhead ||= exchange.sentBehind > 0;
    exchange.isTrial = exchange.sentBehind > 0 && this.#parts.pipelining.isUntried;
    this.#sent.push(exchange);
    this.#parts.onSend(exchange);
  }

  /** Sends those whose turn it is. */
  sendWaiting(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (!next || this.#isHeldUp(next)) return;
      this.#waiting.shift();
      this.send(next);
    }
  }

  /** Its caller has given it up: it leaves where it was not sent, and else keeps its place. */
  abandon(exchange: Exchange): void {
    exchange.abandoned = true;
    const index = this.#waiting.indexOf(exchange);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** The first one has got its final reply. */
  answered(): void {
    const exchange = this.#sent.shift();
    if (exchange) this.#parts.pipelining.answered(exchange.sentBehind);
  }

  /** The first one will get no reply: its own went to the command before. */
  passOver(): void {
    this.#sent.shift()?.fail(new ProtocolError('A reply is missing'));
  }

  /** The connection was lost, or out of step: what was sent ahead may be the reason. */
  broke(): void {
    const { pipelining, clock } = this.#parts;
    const isAhead = this.#sent.some(({ sentBehind }) => sentBehind > 0);
    if (isAhead) pipelining.broke(clock.now());
  }

  /** No reply will come any more. */
  failAll(error: unknown): void {
    for (const exchange of [...this.#sent.splice(0), ...this.#waiting.splice(0)]) {
      exchange.fail(error);
    }
  }

  #isHeldUp(next: Exchange): boolean {
    const sent = this.#sent;
    if (next.options.companion === true) return !sent.every(({ isWhollySent }) => isWhollySent);
    const isAtBarrier =
      sent.some(({ isBarrier }) => isBarrier) || (next.isBarrier && sent.length > 0);
    return isAtBarrier || sent.length >= this.depth;
  }
}

// A question that need not be asked is not worth the full time of a reply.
const quickQuestionMs = 10_000;

// A server that takes nothing that is sent ahead is silent for good: that must not cost the full time.
const trialMs = 5_000;

/** The deadline of the reply that is to come next. */
export class ReplyWatch implements Disposable {
  readonly #options: ControlOptions;
  readonly #onLate: (failure: FtpError) => void;
  #deadline: Deadline | undefined;

  constructor(options: ControlOptions, onLate: (failure: FtpError) => void) {
    this.#options = options;
    this.#onLate = onLate;
  }

  /** From now on this exchange is to be answered, or none. */
  begin(exchange: Exchange | undefined): void {
    this[Symbol.dispose]();
    if (!exchange) return;
    const { clock, greetsSoon } = this.#options;
    const { current } = exchange;
    const what = current ? `the reply to ${current.verb}` : 'the greeting';
    const deadline = clock.deadline(this.#millisecondsFor(exchange), what);
    this.#deadline = deadline;
    deadline.signal.addEventListener('abort', () => {
      // A server that has not greeted in all that time will not the next time either.
      const isHopeless = !current && greetsSoon !== true;
      this.#onLate(new FtpTimeoutError(what, isHopeless ? { remedy: 'none' } : {}));
    });
  }

  /** The server has said that it takes longer. */
  restart(): void {
    this.#deadline?.restart();
  }

  [Symbol.dispose](): void {
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
  }

  #millisecondsFor({ current, isTrial }: Exchange): number {
    const { replyTimeout, greetingTimeout = replyTimeout } = this.#options;
    if (!current) return greetingTimeout;
    const isQuick = quickQuestions.has(current.verb);
    const ms = isTrial ? trialMs : isQuick ? quickQuestionMs : replyTimeout;
    return Math.min(replyTimeout, ms);
  }
}

// ProFTPD and Pure-FTPd read 4 KiB of a TLS record and stall on the rest: a batch stays far below.
const maxBatchBytes = 1024;

// Shorter secrets stand in other words by chance.
const shortestSecret = 3;

export interface LineWriterParts {
  readonly logger: Logger;
  readonly charset: Charset;
  readonly write: (batch: Uint8Array) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Writes command lines in order, those that wait in one batch, and logs both sides of the
 * conversation. Secrets that were sent are kept out of what the server says back: some servers
 * repeat them.
 */
export class LineWriter {
  /** Command lines written so far. */
  written = 0;
  readonly #parts: LineWriterParts;
  readonly #secrets = new Set<string>();
  readonly #waiting: Uint8Array[] = [];
  #writing = false;

  constructor(parts: LineWriterParts) {
    this.#parts = parts;
  }

  /** The bytes of a command; `ArgumentError` where no line can carry its argument. */
  lineOf(command: Command, iac: IacForm): Uint8Array {
    try {
      return encodeCommand(command, this.#parts.charset, iac);
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      throw new ArgumentError(error.message, { cause: error });
    }
  }

  write(command: Command, iac: IacForm): void {
    this.#parts.logger.debug(`> ${redactedLine(command)}`);
    const { argument = '' } = command;
    if (isSecret(command) && argument.length >= shortestSecret) this.#secrets.add(argument);
    this.written += 1;
    this.#waiting.push(this.lineOf(command, iac));
    if (!this.#writing) void this.#flush();
  }

  /** A reply came: it is logged. Returns it with the secrets hidden in the answer to one of them. */
  heard(reply: Reply, command: Command | undefined): Reply {
    // The reply to another command may hold such a word as a name, and is left as it is.
    const mayRepeat = !command || isSecret(command);
    const shown = mayRepeat
      ? { ...reply, lines: reply.lines.map((line) => this.#hide(line)) }
      : reply;
    for (const line of linesForLog(shown)) this.#parts.logger.debug(`< ${this.#hide(line)}`);
    return shown;
  }

  #hide(text: string): string {
    let hidden = text;
    for (const secret of this.#secrets) hidden = hidden.replaceAll(secret, '****');
    return hidden;
  }

  // One write at a time, the next one from the end of the one before: ProFTPD and Pure-FTPd hang
  // when two pending writes are merged into one TLS record.
  async #flush(): Promise<void> {
    this.#writing = true;
    // What is said in one go leaves in one write.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) await this.#parts.write(this.#takeBatch());
    } catch (error) {
      this.#parts.onFailure(error);
    } finally {
      this.#writing = false;
    }
  }

  #takeBatch(): Uint8Array {
    let size = 0;
    const end = this.#waiting.findIndex((line) => (size += line.length) > maxBatchBytes);
    const count = end < 0 ? this.#waiting.length : Math.max(end, 1);
    return concatBytes(this.#waiting.splice(0, count));
  }
}
