import type { Deadline } from '../../base/clock.ts';
import { type FtpError, FtpTimeoutError, ProtocolError } from '../errors.ts';
import { quickQuestions } from '../options.ts';
import { Exchange, type ControlOptions } from './exchange.ts';

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
