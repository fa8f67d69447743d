import { parseRemotePath, type RemotePath } from '../../base/paths.ts';
import { ProtocolError, ReplyError } from '../errors.ts';
import {
  type Command,
  defaultParameters,
  type KnownParameters,
  parameterCommands,
  parameterOf,
  type TransferParameters,
} from '../grammar/command.ts';
import {
  type Endpoint,
  formatExtendedPort,
  formatHostPort,
  parseExtendedPassive,
  parseHostPort,
} from '../grammar/endpoint.ts';
import { noFeatures, type ServerFeatures } from '../grammar/features.ts';
import { parseWorkingDirectory } from '../grammar/replyTexts.ts';
import { quoteReply, type Reply, replyText } from '../grammar/reply.ts';
import { Answers } from '../profile/answers.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import type { ControlConnection } from './controlConnection.ts';
import type { ExchangeOptions } from './exchange.ts';

type KnownServer = Pick<ServerProfile, 'answers'> & Partial<Pick<ServerProfile, 'pipelining'>>;

/** RFC 959, 2.2, user-PI: sends typed commands, and knows what the server is set to. */
export class UserPI {
  readonly control: ControlConnection;
  /** The server may hold the name of an RNFR that no RNTO has used up: some do after a refused one. */
  holdsName = false;
  readonly #server: KnownServer;
  features: ServerFeatures = noFeatures;
  /** Verbs whose confirmations named the path that they changed, and were seen to be true. */
  readonly namesChanged: Set<string> = new Set();
  #parameters: KnownParameters = defaultParameters;
  #home: { readonly told: RemotePath | 'unreadable' | undefined } | undefined;
  readonly #refused = new Set<string>();
  #keepsQuiet = false;
  readonly #odd = new Set<string>();
  readonly #agreed = new Set<string>();
  #fence: 'untried' | 'stands' | 'none' = 'untried';

  /** `server`: what is known of it, shared by all connections to it. */
  constructor(control: ControlConnection, server: KnownServer = { answers: new Answers() }) {
    this.control = control;
    this.#server = server;
    // The last replies may have belonged to other commands.
    void control.closed.then((reason) => {
      if (reason instanceof ProtocolError) server.answers.outOfStep();
    });
  }

  get parameters(): KnownParameters {
    return this.#parameters;
  }

  /** The 2yz reply; `ReplyError` for every other. */
  async say(command: Command, options?: ExchangeOptions): Promise<Reply> {
    return accepted(command, await this.control.exchange(command, options));
  }

  /** The 2yz reply, or `undefined` where the server refuses for good; everything else throws. */
  async ask(
    verb: string,
    argument: string | undefined,
    signal: AbortSignal,
    options: ExchangeOptions = {},
  ): Promise<Reply | undefined> {
    if (this.#refused.has(verb)) return undefined;
    const command = argument === undefined ? { verb } : { verb, argument };
    if (this.#isOmitted(command)) {
      this.#keepsQuiet = true;
      return undefined;
    }
    const reply = await this.control.exchange(command, { ...options, signal });
    if (reply.replyClass === 'completion') return reply;
    if (reply.replyClass !== 'permanentNegative') throw new ReplyError(command, reply);
    // RFC 959, 4.2.1: 500 and 502 mean the command, whatever its argument.
    if ([500, 502].includes(reply.code)) this.#refused.add(verb);
    return undefined;
  }

  /** Some question was not sent to the server: that no answer came means nothing then. */
  get keepsQuiet(): boolean {
    return this.#keepsQuiet || !this.tellsFiles;
  }

  /** Whether anything can be asked of one file: by MLST, or by SIZE and MDTM that mean a file. */
  get tellsFiles(): boolean {
    if (this.features.has('MLST')) return true;
    const isRefused = this.#refused.has('SIZE') || this.#refused.has('MDTM');
    return !isRefused && !this.foundToSizeFolders;
  }

  /** What `sizesFolders` has found out; false before. */
  get foundToSizeFolders(): boolean {
    return this.#server.answers.sizesFolders ?? false;
  }

  /**
   * RFC 3659, 4, has SIZE tell what RETR would send; ftp-srv 4.6 answers it for a folder too, and
   * then SIZE does not show that a name is a file. Asked once.
   */
  async sizesFolders(signal: AbortSignal, options?: ExchangeOptions): Promise<boolean> {
    const { answers, pipelining } = this.#server;
    if (answers.sizesFolders !== undefined) return answers.sizesFolders;
    const mayAsk = !this.#refused.has('SIZE') && !this.#isOmitted({ verb: 'SIZE', argument: '/' });
    const isSized = (await this.ask('SIZE', '/', signal, options)) !== undefined;
    // Only a question that was sent shows something of the server.
    if (!mayAsk || !this.control.usable) return isSized;
    answers.sizedFolder(isSized);
    pipelining?.keepsOrder(!isSized);
    return isSized;
  }

  #isOmitted(command: Command): boolean {
    return this.control.usable && !this.control.mayBeSent(command);
  }

  /**
   * The folder that a user stands in after login, or `undefined` where the server names none that can
   * be read. PWD is asked once, before the first CWD is sent.
   */
  async workingDirectory(signal: AbortSignal): Promise<RemotePath | undefined> {
    const told = await this.homeDirectory(signal);
    return told === 'unreadable' ? undefined : told;
  }

  /** The same; `unreadable` where the server names a folder in words that leave open which. */
  async homeDirectory(
    signal: AbortSignal,
    options: ExchangeOptions = {},
  ): Promise<RemotePath | 'unreadable' | undefined> {
    if (!this.#home) {
      const reply = await this.ask('PWD', undefined, signal, options);
      const told = parseRemotePath(parseWorkingDirectory(reply?.lines[0] ?? '') ?? '');
      const isUnread = reply !== undefined && told === undefined;
      this.#home = { told: isUnread ? await this.#homeByFacts(signal) : told };
    }
    return this.#home.told;
  }

  // RFC 3659, 7: MLST without an argument is about the working directory, and may name its whole path.
  async #homeByFacts(signal: AbortSignal): Promise<RemotePath | 'unreadable'> {
    const reply = this.features.has('MLST') ? await this.ask('MLST', undefined, signal) : undefined;
    const line = reply?.lines.find((text) => /^ [^ ]*type=/i.test(text)) ?? '';
    return parseRemotePath(line.slice(line.indexOf(' ', 1) + 1)) ?? 'unreadable';
  }

  /**
   * RFC 959, 4.1.3: RNFR and RNTO as one sequence. Resolves with the refusal, or with `undefined`
   * where the reply confirms; only the names show whether that is true.
   *
   * Both go out at once where the server takes commands ahead, `isProved` says that it knows the first
   * name, and it holds no other one: should it refuse the RNFR all the same, RNTO would move that file.
   */
  async rename(
    from: string,
    to: string,
    signal: AbortSignal,
    { isProved = false }: { readonly isProved?: boolean } = {},
  ): Promise<ReplyError | undefined> {
    const commands: Command[] = [
      { verb: 'RNFR', argument: from },
      { verb: 'RNTO', argument: to },
    ];
    let asked: Command = { verb: 'RNFR', argument: from };
    const reply = await this.control.sequence(commands, {
      signal,
      together: () => isProved && !this.holdsName && this.control.pipelineDepth > 1,
      onIntermediate: () => (asked = { verb: 'RNTO', argument: to }),
    });
    this.holdsName = reply.replyClass !== 'completion';
    return this.holdsName ? new ReplyError(asked, reply) : undefined;
  }

  /**
   * Makes sure that the replies are in step with the commands, by a question whose answer no other
   * command has: RFC 959, 5.4, 257 to PWD. Where they are out of step, the connection is closed. On a
   * server without PWD nothing can be proved.
   */
  async makeSure(signal: AbortSignal, options: ExchangeOptions = {}): Promise<void> {
    if (this.#fence === 'none') return;
    const command = { verb: 'PWD' };
    const reply = await this.control.exchange(command, { ...options, signal });
    if (reply.code === 257) {
      this.#fence = 'stands';
      return;
    }
    // A refusal may be the server's answer to PWD; then the same answer comes again.
    if (this.#fence === 'untried') {
      const again = await this.control.exchange(command, { signal });
      if (again.code === reply.code) {
        this.#fence = 'none';
        return;
      }
    }
    const error = new ProtocolError(`The replies are out of step: PWD got ${quoteReply(reply)}`);
    this.control.close(error);
    throw error;
  }

  /**
   * The same for an answer that looks like another command's. Asked once a verb: some servers always
   * answer so.
   */
  async makeSureOf(verb: string, signal: AbortSignal): Promise<void> {
    if (this.#odd.has(verb)) return;
    await this.makeSure(signal);
    this.#odd.add(verb);
  }

  /** CWD. A refusal is believed only after a check that it belongs to the CWD. */
  async enter(folder: string, signal: AbortSignal): Promise<void> {
    const command = { verb: 'CWD', argument: folder };
    const reply = await this.control.exchange(command, { signal });
    if (reply.replyClass === 'completion') return;
    await this.makeSure(signal);
    throw new ReplyError(command, reply);
  }

  /** Sends only the commands for what differs. */
  async agree(
    wanted: Partial<TransferParameters>,
    signal: AbortSignal,
    options: ExchangeOptions = {},
  ): Promise<void> {
    for (const command of parameterCommands(this.#parameters, wanted)) {
      const key = parameterOf(command);
      const before = { [key]: this.#parameters[key] };
      this.#set({ [key]: undefined });
      try {
        await this.say(command, { ...options, signal });
        this.#set({ [key]: wanted[key] });
      } catch (error) {
        if (error instanceof ReplyError) this.#set(before);
        throw error;
      }
    }
  }

  // Several may be agreed on at a time.
  #set(parameters: Partial<KnownParameters>): void {
    this.#parameters = { ...this.#parameters, ...parameters };
  }

  /** What holds without a command: implicit TLS protects data without PROT. */
  assume(parameters: Partial<TransferParameters>): void {
    this.#set(parameters);
  }

  /** RFC 2428, 3. The port, on the address of the control connection's peer. */
  async extendedPassive(signal: AbortSignal): Promise<number> {
    const reply = await this.#agreePort({ verb: 'EPSV' }, 229, signal);
    const port = parseExtendedPassive(replyText(reply));
    if (port === undefined) throw new ReplyError({ verb: 'EPSV' }, reply);
    return port;
  }

  /** RFC 959, 4.1.2. */
  async passive(signal: AbortSignal): Promise<Endpoint> {
    const reply = await this.#agreePort({ verb: 'PASV' }, 227, signal);
    const endpoint = parseHostPort(replyText(reply));
    if (!endpoint) throw new ReplyError({ verb: 'PASV' }, reply);
    return endpoint;
  }

  async extendedPort(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    await this.say({ verb: 'EPRT', argument: formatExtendedPort(endpoint) }, { signal });
  }

  async port(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    await this.say({ verb: 'PORT', argument: formatHostPort(endpoint) }, { signal });
  }

  // A refusal where the server agreed before, and a confirmation with another code, may belong to
  // another command: that is checked before a data port is given up.
  async #agreePort(command: Command, code: number, signal: AbortSignal): Promise<Reply> {
    const { verb } = command;
    const reply = await this.control.exchange(command, { signal });
    if (reply.code === code) {
      this.#agreed.add(verb);
      return reply;
    }
    if (this.#agreed.has(verb) || reply.replyClass === 'completion' || reply.code === 550) {
      await this.makeSureOf(verb, signal);
    }
    throw new ReplyError(command, reply);
  }
}

// RFC 959, 5.4: 3yz to a command that needs no second one is neither a yes nor a no.
function accepted(command: Command, reply: Reply): Reply {
  if (reply.replyClass !== 'completion') throw new ReplyError(command, reply);
  return reply;
}
