import { sameBytes } from '../../src/base/bytes.ts';
import type { Network } from '../../src/ftp/net/transport.ts';
import { FakeClock } from '../unit/session/fakeClock.ts';
import { bytesOf, contentOf, type Dialogue, split, type Step, takeFile } from './dialogue.ts';
import { DialogueNetwork } from './dialogueNetwork.ts';
import type { Chunking, DialoguePipe } from './dialoguePipe.ts';

/** Carries out the `@` lines of a dialogue. Rejects where the outcome is not the one in the line. */
export type DialogueUser = (action: string) => Promise<void>;

// Everything here happens in memory, so a client that has something to do does it within a turn of
// the event loop. After so many turns without any move, nothing will ever move.
const idleTurns = 40;

/**
 * Plays the server's side of a dialogue against the client that uses `network`, one step after the
 * other, and fails where the client does not keep to its lines:
 *
 *   * control handshake           TLS on the control connection; nothing in the clear before it
 *   * control closes | closed     the server closes it; the client has closed it
 *   * control < "220 \u0000\r\n"   the server says what no `<` line can: each letter is a byte
 *   * data connects [to PORT] [from PORT]   the server dials, the client's default data port if none
 *   * data accepts PORT           the client dials that port; `refuses`, `ignores`
 *   * data handshake              TLS; the client starts it, whichever side dialled
 *   * data < BYTES, data > BYTES  see dialogue.ts
 *   * data closes | resets        the server ends, or breaks, the data connection
 *   * data closed                 the client closes it: `>` has been ended, or all is gone
 *   * data stays                  neither has closed it, and nothing unasked has been said
 *   * quiet MILLISECONDS          neither side says anything for so long: the clock moves
 */
export class DialoguePlayer {
  readonly clock: FakeClock = new FakeClock();
  readonly #dialogue: Dialogue;
  readonly #user: DialogueUser;
  readonly #network: DialogueNetwork;
  readonly #running = new Set<Promise<void>>();
  // The steps whose port has been called, each with the number of connections dialled before.
  readonly #called = new Map<Step, number>();
  #at = 0;
  #moves = 0;
  #data: DialoguePipe | undefined;
  #failure: Error | undefined;

  constructor(dialogue: Dialogue, chunking: Chunking, user: DialogueUser) {
    this.#dialogue = dialogue;
    this.#user = user;
    this.#network = new DialogueNetwork({
      chunking,
      answerDial: (port) => this.#answerDial(port),
      moved: () => (this.#moves += 1),
    });
  }

  get network(): Network {
    return this.#network;
  }

  /** The steps that have not been played, in full. */
  get unplayed(): readonly string[] {
    return this.#dialogue.steps.slice(this.#at).map(({ line, text }) => `${line}: ${text}`);
  }

  /** Plays every step. Rejects at the first one that goes otherwise, and names its line. */
  async play(): Promise<void> {
    const { steps } = this.#dialogue;
    try {
      for (; this.#at < steps.length; this.#at++) await this.#playStep(this.#at);
      await this.#settleUser();
      this.#checkNothingMore();
    } catch (error) {
      throw this.#failed(error);
    } finally {
      await this.#tidyUp();
    }
  }

  async #playStep(index: number): Promise<void> {
    const step = this.#dialogue.steps[index];
    if (step?.kind === 'reply') return this.#reply(index);
    if (step?.kind === 'command') return await this.#expectCommand(step.text);
    if (step?.kind === 'user') return await this.#act(step.text);
    const [where, what] = split(step?.text ?? '');
    if (where === 'quiet') return await this.#quiet(Number(what));
    if (where === 'control') return await this.#controlEvent(what);
    if (where === 'data' && step) return await this.#dataEvent(step, what);
    throw new Error('No such event');
  }

  // Replies that stand together leave the server together.
  #reply(index: number): void {
    const { steps } = this.#dialogue;
    if (steps[index - 1]?.kind === 'reply') return;
    const after = steps.findIndex((step, at) => at > index && step.kind !== 'reply');
    const lines = steps.slice(index, after < 0 ? undefined : after);
    this.#control.send(Buffer.from(lines.map(({ text }) => `${text}\r\n`).join('')));
  }

  async #expectCommand(expected: string): Promise<void> {
    const pipe = this.#control;
    const end = await this.#until(`"${expected}"`, () => {
      const at = pipe.up.indexOf(0x0a);
      if (at < 0 && pipe.client !== 'open') throw new Error(`${pipe.client}, not "${expected}"`);
      return at < 0 ? undefined : at + 1;
    });
    const line = Buffer.from(pipe.take(end)).toString('utf8');
    const said = line.replace(/\r\n$/, '').replace(/^(PASS|ACCT) .*/s, '$1 ****');
    if (said !== expected) throw new Error(`The client said "${said}", not "${expected}"`);
  }

  async #act(action: string): Promise<void> {
    const [first, rest] = split(action);
    if (first !== 'also' && first !== 'cancel') await this.#settleUser();
    const running = this.#user(first === 'also' ? rest : action);
    this.#running.add(running);
    const settled = (error?: unknown): void => {
      if (error !== undefined) this.#failure ??= toError(error);
      this.#running.delete(running);
      this.#moves += 1;
    };
    running.then(() => settled(), settled);
    await turn();
    this.#throwFailure();
  }

  async #controlEvent(what: string): Promise<void> {
    const pipe = this.#control;
    if (what === 'handshake') return await this.#handshake(pipe);
    if (what === 'closes') return pipe.end();
    const [word, text] = split(what);
    if (word === '<') return pipe.send(Buffer.from(JSON.parse(text) as string, 'latin1'));
    if (what !== 'closed') throw new Error('No such event');
    await this.#until(
      'the end of the control connection',
      () => pipe.client !== 'open' || undefined,
    );
  }

  async #dataEvent(step: Step, what: string): Promise<void> {
    const [word, rest] = split(what);
    if (word === 'connects') return await this.#connect(rest);
    if (word === 'accepts') return await this.#accept(step);
    if (word === 'refuses' || word === 'ignores') {
      await this.#until('a call', () => this.#called.get(step));
      return;
    }
    const pipe = this.#data;
    if (!pipe) throw new Error('There is no data connection');
    if (word === 'handshake') return await this.#handshake(pipe);
    if (word === '<') return pipe.send(bytesOf(this.#dialogue, rest));
    if (word === '>') return await this.#expectBytes(pipe, rest);
    if (word === 'closes') return pipe.end();
    if (word === 'resets') return pipe.reset();
    if (word === 'closed') return await this.#expectClosed(pipe);
    if (word !== 'stays') throw new Error('No such event');
    await this.#idle();
    if (pipe.client !== 'open') throw new Error(`The client has ${pipe.client} the connection`);
    if (pipe.up.length > 0) throw new Error(`The client said ${pipe.up.length} bytes unasked`);
  }

  async #connect(where: string): Promise<void> {
    const [, to] = /\bto (\d+)/.exec(where) ?? [];
    const [, from] = /\bfrom (\d+)/.exec(where) ?? [];
    const port = to === undefined ? this.#network.defaultDataPort : Number(to);
    // RFC 959, 3.2: the client listens before it says the transfer command, so there is no waiting here.
    this.#data = this.#network.connect(port, Number(from ?? '20'));
    if (!this.#data) throw new Error(`The client does not listen on port ${port}`);
  }

  async #accept(step: Step): Promise<void> {
    const index = await this.#until('a call', () => this.#called.get(step));
    this.#data = this.#network.dialled[index];
  }

  // A listening socket takes connections before they are accepted: the step may come later.
  #answerDial(port: number): 'accepted' | 'refused' | 'never' | undefined {
    const answers = { accepts: 'accepted', refuses: 'refused', ignores: 'never' } as const;
    for (const step of this.#dialogue.steps.slice(this.#at)) {
      const [, word, named] = /^data (accepts|refuses|ignores) (\d+)$/.exec(step.text) ?? [];
      if (word === undefined || Number(named) !== port || this.#called.has(step)) continue;
      this.#called.set(step, this.#network.dialled.length);
      this.#moves += 1;
      return answers[word as keyof typeof answers];
    }
    return undefined;
  }

  async #handshake(pipe: DialoguePipe): Promise<void> {
    await this.#until('TLS', () => pipe.tls === 'asked' || undefined);
    if (pipe.up.length > 0) throw new Error('The client said something in the clear');
    pipe.agreeOnTls();
  }

  async #expectBytes(pipe: DialoguePipe, specification: string): Promise<void> {
    const [kind, name] = split(specification);
    if (kind === 'file') {
      const expected = contentOf(this.#dialogue, name);
      const file = await this.#until('a file in blocks', () => takeFile(pipe.up));
      pipe.take(file.taken);
      if (!sameBytes(file.content, expected)) throw new Error('Another file came');
      return;
    }
    const expected = bytesOf(this.#dialogue, specification);
    await this.#until(`${expected.length} bytes`, () => {
      const came = pipe.up.subarray(0, expected.length);
      if (!sameBytes(came, expected.subarray(0, came.length))) throw new Error('Other bytes came');
      return came.length === expected.length || undefined;
    });
    pipe.take(expected.length);
  }

  async #expectClosed(pipe: DialoguePipe): Promise<void> {
    await this.#until('the end of the data connection', () => pipe.client !== 'open' || undefined);
    if (pipe.up.length > 0) throw new Error(`The client said ${pipe.up.length} bytes more`);
  }

  async #quiet(ms: number): Promise<void> {
    await this.#idle();
    this.clock.advance(ms);
    this.#moves += 1;
    await this.#idle();
  }

  async #settleUser(): Promise<void> {
    await this.#until('the end of what the user does', () => this.#running.size === 0 || undefined);
  }

  get #control(): DialoguePipe {
    const pipe = this.#network.controls.at(-1);
    if (!pipe) throw new Error('The client has not connected');
    return pipe;
  }

  /** Waits until `look` finds something. Throws where nothing moves any more or something has failed. */
  async #until<T>(what: string, look: () => T | undefined): Promise<T> {
    let idle = 0;
    for (;;) {
      this.#throwFailure();
      const seen = look();
      if (seen !== undefined) return seen;
      const moves = this.#moves;
      await turn();
      idle = moves === this.#moves ? idle + 1 : 0;
      if (idle > idleTurns) throw new Error(`Nothing moves any more; the server waits for ${what}`);
    }
  }

  /** Waits until the client has done all it can do now. */
  async #idle(): Promise<void> {
    for (let idle = 0; idle < 3;) {
      const moves = this.#moves;
      await turn();
      idle = moves === this.#moves ? idle + 1 : 0;
    }
    this.#throwFailure();
  }

  #throwFailure(): void {
    const { controls, dialled } = this.#network;
    const faulty = [...controls, ...dialled, this.#data].find((pipe) => pipe?.fault);
    if (faulty?.fault !== undefined) throw new Error(faulty.fault);
    if (this.#failure) throw this.#failure;
  }

  // What the user still does after a failure ends with the connections, or is left behind.
  async #tidyUp(): Promise<void> {
    if (this.#running.size === 0) return;
    await this.#user('cancel');
    const { controls, dialled } = this.#network;
    for (const pipe of [...controls, ...dialled, this.#data]) pipe?.reset();
    for (let turns = 0; turns < idleTurns && this.#running.size > 0; turns++) await turn();
  }

  #checkNothingMore(): void {
    this.#throwFailure();
    const said = this.#network.controls.map(({ up }) => Buffer.from(up).toString()).join('');
    if (said !== '') throw new Error(`The client goes on: ${JSON.stringify(said)}`);
  }

  #failed(error: unknown): Error {
    const { name, steps } = this.#dialogue;
    const step = steps[this.#at];
    const where = step ? `${name}:${step.line} (${step.text})` : `${name}, at its end`;
    return new Error(`${where}: ${toError(error).message}`, { cause: error });
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
