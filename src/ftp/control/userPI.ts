import { parseRemotePath, type RemotePath } from '../../base/paths.ts';
import { ProtocolError, ReplyError } from '../errors.ts';
import {
  type Command,
  defaultParameters,
  type KnownParameters,
  parameterCommands,
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
import type { ControlConnection } from './controlConnection.ts';
import type { ExchangeOptions } from './exchange.ts';

/** RFC 959, 2.2, user-PI: says typed commands, and knows what the server is set to. */
export class UserPI {
  readonly control: ControlConnection;
  readonly #server: { readonly answers: Readonly<Answers> };
  features: ServerFeatures = noFeatures;
  #parameters: KnownParameters = defaultParameters;
  #home: { readonly told: RemotePath | 'unreadable' | undefined } | undefined;
  readonly #refused = new Set<string>();
  #keepsQuiet = false;
  readonly #odd = new Set<string>();
  readonly #agreed = new Set<string>();
  #fence: 'untried' | 'stands' | 'none' = 'untried';

  /** `server`: what is known of it, shared by all connections to it. */
  constructor(
    control: ControlConnection,
    server: { readonly answers: Readonly<Answers> } = { answers: new Answers() },
  ) {
    this.control = control;
    this.#server = server;
    // Its last replies may have been other commands' own.
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
    // Who is not there any more has not been spared a question: that is told below.
    if (this.#isUnsaid(command)) {
      this.#keepsQuiet = true;
      return undefined;
    }
    try {
      return await this.say(command, { ...options, signal });
    } catch (error) {
      if (!(error instanceof ReplyError) || error.reply.replyClass !== 'permanentNegative')
        throw error;
      // RFC 959, 4.2.1: 500 and 502 mean the command, whatever its argument.
      if ([500, 502].includes(error.reply.code)) this.#refused.add(verb);
      return undefined;
    }
  }

  /** Some question was kept from the server: that nothing was told means nothing. */
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
   * then it does not tell a file from one. Asked once.
   */
  async sizesFolders(signal: AbortSignal, options?: ExchangeOptions): Promise<boolean> {
    const { answers } = this.#server;
    if (answers.sizesFolders !== undefined) return answers.sizesFolders;
    const mayAsk = !this.#refused.has('SIZE') && !this.#isUnsaid({ verb: 'SIZE', argument: '/' });
    const isSized = (await this.ask('SIZE', '/', signal, options)) !== undefined;
    // What was not asked is not known of the server.
    if (mayAsk && this.control.usable) answers.sizedFolder(isSized);
    return isSized;
  }

  #isUnsaid(command: Command): boolean {
    return this.control.usable && !this.control.says(command);
  }

  /**
   * The folder that a user stands in after login, or `undefined` where the server names none that can
   * be read. PWD is asked once: whoever is to say the first CWD asks before it.
   */
  async workingDirectory(signal: AbortSignal): Promise<RemotePath | undefined> {
    const told = await this.homeDirectory(signal);
    return told === 'unreadable' ? undefined : told;
  }

  /** The same; `unreadable` where the server names one, in words that may mean any. */
  async homeDirectory(signal: AbortSignal): Promise<RemotePath | 'unreadable' | undefined> {
    if (!this.#home) {
      const reply = await this.ask('PWD', undefined, signal);
      const told = parseRemotePath(parseWorkingDirectory(reply?.lines[0] ?? '') ?? '');
      const isUnread = reply !== undefined && told === undefined;
      this.#home = { told: isUnread ? await this.#homeByFacts(signal) : told };
    }
    return this.#home.told;
  }

  // RFC 3659, 7: MLST without an argument is about the folder one stands in, and may name it whole.
  async #homeByFacts(signal: AbortSignal): Promise<RemotePath | 'unreadable'> {
    const reply = this.features.has('MLST') ? await this.ask('MLST', undefined, signal) : undefined;
    const line = reply?.lines.find((text) => /^ [^ ]*type=/i.test(text)) ?? '';
    return parseRemotePath(line.slice(line.indexOf(' ', 1) + 1)) ?? 'unreadable';
  }

  /**
   * RFC 959, 4.1.3: both commands in one go. Resolves with the refusal, or with `undefined` where the
   * reply confirms; whether that is so only the names can tell.
   */
  async rename(from: string, to: string, signal: AbortSignal): Promise<ReplyError | undefined> {
    const commands: Command[] = [
      { verb: 'RNFR', argument: from },
      { verb: 'RNTO', argument: to },
    ];
    let asked: Command = { verb: 'RNFR', argument: from };
    const reply = await this.control.sequence(commands, {
      signal,
      onIntermediate: () => (asked = { verb: 'RNTO', argument: to }),
    });
    return reply.replyClass === 'completion' ? undefined : new ReplyError(asked, reply);
  }

  /**
   * Makes sure that the replies are in step with the commands, by a question whose answer no other
   * command has: RFC 959, 5.4, 257 to PWD. Where they are not, the connection is lost. A server
   * without PWD proves nothing.
   */
  async makeSure(signal: AbortSignal, options: ExchangeOptions = {}): Promise<void> {
    if (this.#fence === 'none') return;
    const command = { verb: 'PWD' };
    const reply = await this.control.exchange(command, { ...options, signal });
    if (reply.code === 257) {
      this.#fence = 'stands';
      return;
    }
    // A refusal may be the server's own answer; then it says the same again.
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

  /** The same for an answer that looks like another command's. Asked once: some servers answer so. */
  async makeSureOf(verb: string, signal: AbortSignal): Promise<void> {
    if (this.#odd.has(verb)) return;
    await this.makeSure(signal);
    this.#odd.add(verb);
  }

  /** CWD. Its refusal is believed only where it is its own. */
  async enter(folder: string, signal: AbortSignal): Promise<void> {
    const command = { verb: 'CWD', argument: folder };
    const reply = await this.control.exchange(command, { signal });
    if (reply.replyClass === 'completion') return;
    await this.makeSure(signal);
    throw new ReplyError(command, reply);
  }

  /** Says only what differs. */
  async agree(wanted: Partial<TransferParameters>, signal: AbortSignal): Promise<void> {
    for (const command of parameterCommands(this.#parameters, wanted)) {
      const before = this.#parameters;
      this.#parameters = { ...before, [keyOf(command)]: undefined };
      try {
        await this.say(command, { signal });
        this.#parameters = { ...before, [keyOf(command)]: wanted[keyOf(command)] };
      } catch (error) {
        if (error instanceof ReplyError) this.#parameters = before;
        throw error;
      }
    }
  }

  /** What holds without having been said: implicit TLS protects data without PROT. */
  assume(parameters: Partial<TransferParameters>): void {
    this.#parameters = { ...this.#parameters, ...parameters };
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

  // Before a way is given up: what refuses where the server agreed before, and what confirms with
  // another code, may belong to another command.
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

function keyOf({ verb }: Command): keyof TransferParameters {
  if (verb === 'TYPE') return 'type';
  return verb === 'MODE' ? 'mode' : 'protection';
}
