import { onAbort, raceAbort } from '../../base/abort.ts';
import { ConnectionError, type FtpError, ProtocolError } from '../errors.ts';
import { type Command, type IacForm, redactedLine } from '../grammar/command.ts';
import type { Endpoint } from '../grammar/endpoint.ts';
import {
  defaultReplyBounds,
  type Reply,
  ReplyParser,
  shortReplyBounds,
  unsaidReply,
} from '../grammar/reply.ts';
import type { Protection, TlsContext, Transport } from '../net/transport.ts';
import {
  closedByServer,
  connectionBroke,
  type ControlOptions,
  Exchange,
  type ExchangeOptions,
  isHeldUp,
  outOfStep,
  ReplyWatch,
} from './exchange.ts';
import { LineWriter } from './lineWriter.ts';

// Each 1yz reply gives the server its full time again: a server that sends nothing else would never
// time out.
const maxPreliminaries = 10;

/**
 * The control connection: commands go out in call order, and replies are matched to them by order
 * alone. Not awaiting between two calls pipelines them, as far as `pipelineDepth` allows. Nothing
 * leaves the order once it is written, even if its caller has given it up.
 */
export class ControlConnection implements AsyncDisposable {
  /** How bytes 255 go out. */
  iac: IacForm = 'twice';
  readonly pipelineDepth: number;
  #transport: Transport;
  readonly #options: ControlOptions;
  readonly #waiting: Exchange[] = [];
  readonly #sent: Exchange[] = [];
  readonly #lines: LineWriter;
  #parser: ReplyParser;
  readonly #watch: ReplyWatch;
  #closing: FtpError | 'by us' | undefined;
  readonly #closed: PromiseWithResolvers<FtpError | undefined> = Promise.withResolvers();
  /** Settles once, with the reason; `undefined` when we closed it. */
  readonly closed: Promise<FtpError | undefined> = this.#closed.promise;

  /** Takes the transport over, and expects the greeting as the first reply. */
  constructor(transport: Transport, options: ControlOptions) {
    this.#transport = transport;
    this.#options = options;
    this.pipelineDepth = options.pipelineDepth;
    this.#parser = this.#newParser();
    this.#lines = new LineWriter({
      logger: options.logger,
      charset: options.charset,
      write: (batch) => this.#transport.write(batch),
      onFailure: (error) => this.close(connectionBroke(error)),
    });
    this.#watch = new ReplyWatch(options, (failure) => this.#lose(failure));
  }

  get local(): Endpoint {
    return this.#transport.local;
  }

  get remote(): Endpoint {
    return this.#transport.remote;
  }

  get protection(): Protection | undefined {
    return this.#transport.protection;
  }

  get usable(): boolean {
    return this.#closing === undefined;
  }

  /** Command lines written so far. */
  get commands(): number {
    return this.#lines.written;
  }

  /** False for a command that is kept from this server. */
  says(command: Command): boolean {
    const { skip, omissions, clock, logger } = this.#options;
    const isOmitted =
      skip?.includes(command.verb) === true || omissions?.omits(command, clock.now()) === true;
    if (isOmitted) logger.debug(`Not sent: ${redactedLine(command)}`);
    return !isOmitted;
  }

  /** RFC 959, 5.4: the server speaks first. 120 says that it takes a while. */
  async greeting(signal: AbortSignal): Promise<Reply> {
    const exchange = new Exchange([], { signal });
    this.#sent.push(exchange);
    this.#watchReply();
    void this.#readReplies();
    return await raceAbort(exchange.outcome, signal);
  }

  /** Resolves with the one final reply, whatever its class. Rejects only when there is none. */
  exchange(command: Command, options: ExchangeOptions = {}): Promise<Reply> {
    return this.sequence([command], options);
  }

  /**
   * Sends each command when the one before got a 3yz reply, and no other caller's command between
   * them. Resolves with the last reply that came.
   */
  async sequence(commands: readonly Command[], options: ExchangeOptions = {}): Promise<Reply> {
    options.signal?.throwIfAborted();
    if (this.#closing !== undefined) throw this.#reason();
    this.check(commands);
    if (commands[0] && !this.says(commands[0])) return unsaidReply;
    const exchange = new Exchange(commands, options);
    this.#waiting.push(exchange);
    this.#sendWaiting();
    return await this.#outcomeOf(exchange);
  }

  /** `ArgumentError` where one of them cannot be sent: no sequence is left half sent. */
  check(commands: readonly Command[]): void {
    for (const command of commands) this.#lines.lineOf(command, this.iac);
  }

  /** RFC 959, 4.1.3: ABOR and its like, written at once, whatever is still unanswered before it. */
  async interject(command: Command, signal: AbortSignal): Promise<Reply> {
    if (this.#closing !== undefined) throw this.#reason();
    const exchange = new Exchange([command], { signal });
    this.#send(exchange);
    return await this.#outcomeOf(exchange);
  }

  /** The last command sent, the only one unanswered, stays so: its reply went to another one. */
  passOver(): void {
    this.#sent.shift()?.fail(new ProtocolError('A reply is missing'));
    this.#watchReply();
    this.#sendWaiting();
  }

  /**
   * RFC 4217, 4: sends the command and, when it is answered 234, goes on under TLS. Resolves with
   * the reply; one that refuses leaves the connection in the clear.
   */
  async startTls(command: Command, tls: TlsContext, signal: AbortSignal): Promise<Reply> {
    const reply = await this.exchange(command, { signal, barrier: true });
    if (reply.code !== 234) return reply;
    await this.secure(tls, signal);
    void this.#readReplies();
    return reply;
  }

  /** Puts TLS around the transport before anything is read: implicit TLS, and after 234. */
  async secure(tls: TlsContext, signal: AbortSignal): Promise<void> {
    try {
      this.#transport = await tls.secure(this.#transport, 'control', signal);
      this.#parser = this.#newParser();
    } catch (error) {
      const failure = connectionBroke(error);
      this.close(failure);
      throw failure;
    }
  }

  #newParser(): ReplyParser {
    return new ReplyParser(() => this.#options.charset, shortReplyBounds);
  }

  #lose(reason: FtpError): void {
    if (this.usable) this.#noteLoss(this.#sent[0]);
    this.close(reason);
  }

  // The connection ends where an answer should have come: the command may be the reason.
  #noteLoss(exchange: Exchange | undefined): void {
    const { omissions, clock } = this.#options;
    if (exchange?.current) omissions?.noteLoss(exchange.current, clock.now());
  }

  /** Ends it now. Every caller that still waits gets the reason. */
  close(reason?: FtpError): void {
    if (this.#closing !== undefined) return;
    this.#closing = reason ?? 'by us';
    this.#watch[Symbol.dispose]();
    this.#transport.destroy();
    for (const exchange of [...this.#sent.splice(0), ...this.#waiting.splice(0)]) {
      exchange.fail(this.#reason());
    }
    if (reason) this.#options.logger.info(`Control connection closed: ${reason.message}`);
    this.#closed.resolve(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#transport[Symbol.asyncDispose]();
  }

  #reason(): FtpError {
    if (this.#closing !== undefined && this.#closing !== 'by us') return this.#closing;
    return new ConnectionError('control', 'The control connection is closed');
  }

  async #outcomeOf(exchange: Exchange): Promise<Reply> {
    using _leaving = onAbort(exchange.options.signal, () => this.#abandon(exchange));
    return await raceAbort(exchange.outcome, exchange.options.signal);
  }

  #abandon(exchange: Exchange): void {
    exchange.abandoned = true;
    const index = this.#waiting.indexOf(exchange);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #sendWaiting(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (!next || isHeldUp(next, this.#sent, this.pipelineDepth)) return;
      this.#waiting.shift();
      this.#send(next);
    }
  }

  #send(exchange: Exchange): void {
    this.#sent.push(exchange);
    const [command] = exchange.commands;
    exchange.options.onSent?.();
    if (command) this.#lines.write(command, this.iac);
    if (this.#sent.length === 1) this.#watchReply();
  }

  async #readReplies(): Promise<void> {
    try {
      let goesOn = true;
      while (goesOn) {
        const chunk = await this.#transport.read();
        if (!chunk) throw new ConnectionError('control', 'The server closed the connection');
        goesOn = this.#receive(this.#parser.push(chunk));
      }
    } catch (error) {
      this.#lose(connectionBroke(error));
    }
  }

  /** False after the last reply in the clear: TLS reads on. */
  #receive(replies: readonly Reply[]): boolean {
    for (const [index, reply] of replies.entries()) {
      if (reply.code === 234 && this.#sent[0]?.current?.verb === 'AUTH') {
        this.#onLastReplyInClear(reply, index === replies.length - 1);
        return false;
      }
      this.#onReply(reply);
    }
    return true;
  }

  // Bytes in the clear behind the 234 would be taken for a protected reply: an attack
  // (CVE-2021-22947 and its like).
  #onLastReplyInClear(reply: Reply, isLast: boolean): void {
    if (isLast && this.#parser.idle && this.#transport.buffered === 0) this.#onReply(reply);
    else this.close(new ProtocolError('The server went on in the clear after it agreed to TLS'));
  }

  #onReply(heard: Reply): void {
    const [exchange] = this.#sent;
    const reply = this.#lines.heard(heard, exchange?.current);
    const failure = outOfStep(exchange, reply);
    if (!exchange || failure) return this.close(failure);
    // RFC 959, 5.4: 421 may be "a reply to any command if the service knows it must shut down".
    if (reply.code === 421) this.#noteLoss(exchange);
    else if (exchange.current) this.#options.omissions?.noteAnswer(exchange.current);
    if (reply.replyClass === 'preliminary') return this.#onPreliminary(exchange, reply);
    const next = exchange.answer(reply);
    if (next === 'left') return this.close(new ConnectionError('control', 'Left in a sequence'));
    if (next === 'done') this.#sent.shift();
    else this.#lines.write(next, this.iac);
    this.#watchReply();
    if (reply.code === 421) this.close(closedByServer(reply));
    else this.#sendWaiting();
  }

  #onPreliminary(exchange: Exchange, reply: Reply): void {
    exchange.preliminaries += 1;
    if (exchange.options.transfers === true) this.#watch[Symbol.dispose]();
    else if (exchange.preliminaries <= maxPreliminaries) this.#watch.restart();
    else this.close(new ProtocolError('Nothing but preliminary replies to one command'));
    exchange.options.onPreliminary?.(reply);
  }

  #watchReply(): void {
    const [exchange] = this.#sent;
    // Only the status of a folder (RFC 959, 4.2.2) is as long as a listing.
    const isListing = exchange?.current?.verb === 'STAT';
    this.#parser.bounds = isListing ? defaultReplyBounds : shortReplyBounds;
    this.#watch.begin(exchange);
  }
}
