import { onAbort, raceAbort } from '../../base/abort.ts';
import { ConnectionError, type FtpError, ProtocolError } from '../errors.ts';
import { type Command, type IacForm, redactedLine } from '../grammar/command.ts';
import type { Endpoint } from '../grammar/endpoint.ts';
import {
  defaultReplyBounds,
  type Reply,
  ReplyParser,
  shortReplyBounds,
  replyToOmitted,
} from '../grammar/reply.ts';
import type { Protection, TlsContext, Transport } from '../net/transport.ts';
import {
  closedByServer,
  connectionBroke,
  type ControlOptions,
  Exchange,
  type ExchangeOptions,
  outOfStep,
} from './exchange.ts';
import { LineWriter, Pipeline, ReplyWatch } from './pipeline.ts';

/**
 * The control connection: commands go out in call order, and replies are matched to them by order
 * alone. Not awaiting between two calls pipelines them, as far as the server was seen to take it. Nothing
 * leaves the order once it is written, even if its caller has given it up.
 */
export class ControlConnection implements AsyncDisposable {
  /** How bytes 255 go out. */
  iac: IacForm = 'twice';
  #transport: Transport;
  readonly #options: ControlOptions;
  readonly #pipeline: Pipeline;
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
    this.#parser = this.#newParser();
    this.#lines = new LineWriter({
      logger: options.logger,
      charset: options.charset,
      write: (batch) => this.#transport.write(batch),
      onFailure: (error) => this.close(connectionBroke(error)),
    });
    this.#watch = new ReplyWatch(options, (failure) => this.#lose(failure));
    this.#pipeline = new Pipeline({ ...options, onSend: (exchange) => this.#onSend(exchange) });
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

  /** How many commands may await their replies now; 1 is lockstep. */
  get pipelineDepth(): number {
    return this.#pipeline.depth;
  }

  /** A command was sent while another one was unanswered. */
  get hasSentAhead(): boolean {
    return this.#pipeline.hasSentAhead;
  }

  /** Several commands may go in one write. */
  get takesBatches(): boolean {
    const { pipelining, clock } = this.#options;
    return pipelining.takesBatches(clock.now());
  }

  /** Command lines written so far. */
  get commands(): number {
    return this.#lines.written;
  }

  /** False for a command that is kept from this server. */
  mayBeSent(command: Command): boolean {
    const { skip, omissions, clock, logger } = this.#options;
    const isOmitted =
      skip?.includes(command.verb) === true || omissions?.omits(command, clock.now()) === true;
    if (isOmitted) logger.debug(`Not sent: ${redactedLine(command)}`);
    return !isOmitted;
  }

  /** RFC 959, 5.4: the server speaks first. 120 says that it takes a while. */
  async greeting(signal: AbortSignal): Promise<Reply> {
    const exchange = new Exchange([], { signal });
    this.#pipeline.awaitGreeting(exchange);
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
    if (commands[0] && !this.mayBeSent(commands[0])) return replyToOmitted;
    const exchange = new Exchange(commands, options);
    this.#pipeline.join(exchange);
    return await this.#outcomeOf(exchange);
  }

  /** `ArgumentError` where one of them cannot be sent: no sequence is left half sent. */
  check(commands: readonly Command[]): void {
    for (const command of commands) this.#lines.lineOf(command, this.iac);
  }

  /** RFC 959, 4.1.3: ABOR and the like, written at once, without waiting for earlier replies. */
  async interject(command: Command, signal: AbortSignal): Promise<Reply> {
    if (this.#closing !== undefined) throw this.#reason();
    const exchange = new Exchange([command], { signal });
    this.#pipeline.send(exchange);
    return await this.#outcomeOf(exchange);
  }

  /** The only unanswered command will get no reply: its own went to the command before. */
  passOver(): void {
    this.#pipeline.passOver();
    this.#watchReply();
    this.#pipeline.sendWaiting();
  }

  /**
   * RFC 4217, 4: sends the command and, when it is answered 234, goes on under TLS. Resolves with
   * the reply; one that refuses leaves the connection in the clear.
   */
  async startTls(
    command: Command,
    tls: TlsContext,
    signal: AbortSignal,
    options: ExchangeOptions = {},
  ): Promise<Reply> {
    const reply = await this.exchange(command, { ...options, signal, barrier: true });
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
    if (this.usable) this.#noteLoss(this.#pipeline.first);
    this.#fail(reason);
  }

  #fail(reason: FtpError | undefined): void {
    if (this.usable) this.#pipeline.broke();
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
    this.#pipeline.failAll(this.#reason());
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
    using _leaving = onAbort(exchange.options.signal, () => this.#pipeline.abandon(exchange));
    return await raceAbort(exchange.outcome, exchange.options.signal);
  }

  #onSend(exchange: Exchange): void {
    for (const command of exchange.send()) this.#lines.write(command, this.iac);
    if (this.#pipeline.first === exchange) this.#watchReply();
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
      if (reply.code === 234 && this.#pipeline.first?.current?.verb === 'AUTH') {
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
    const exchange = this.#pipeline.first;
    const reply = this.#lines.heard(heard, exchange?.current);
    const failure = outOfStep(exchange, reply, this.#pipeline);
    if (exchange && failure && !this.#pipeline.isAlone) this.#noteLoss(exchange);
    if (!exchange || failure) return this.#fail(failure);
    // RFC 959, 5.4: 421 may be "a reply to any command if the service knows it must shut down".
    if (reply.code === 421) this.#noteLoss(exchange);
    else if (exchange.current) this.#options.omissions?.noteAnswer(exchange.current);
    if (reply.replyClass === 'preliminary') return this.#onPreliminary(exchange, reply);
    const next = exchange.answer(reply);
    if (next === 'left')
      return this.close(new ConnectionError('control', 'A sequence was given up'));
    if (next === 'mixedUp')
      return this.close(new ProtocolError('The server did the second step of what it refused'));
    if (next === 'done') this.#pipeline.answered();
    else if (next !== 'goesOn') this.#lines.write(next, this.iac);
    this.#watchReply();
    if (reply.code === 421) this.close(closedByServer(reply));
    else this.#pipeline.sendWaiting();
  }

  #onPreliminary(exchange: Exchange, reply: Reply): void {
    if (exchange.options.transfers === true) this.#watch[Symbol.dispose]();
    else this.#watch.restart();
    if (exchange.begin(reply) === 'goesOn') return;
    this.close(new ProtocolError('One command gets nothing but preliminary replies'));
  }

  #watchReply(): void {
    const exchange = this.#pipeline.first;
    // Only the status of a folder (RFC 959, 4.2.2) is as long as a listing.
    const isListing = exchange?.current?.verb === 'STAT';
    this.#parser.bounds = isListing ? defaultReplyBounds : shortReplyBounds;
    this.#watch.begin(exchange);
  }
}
