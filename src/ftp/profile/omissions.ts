import { type Command, redactedLine } from '../grammar/command.ts';
import { dispensableVerbs } from '../options.ts';

/** A command that a server did not survive. Plain data. */
export interface RememberedOmission {
  /** The verb, or the whole line where the server answers the verb otherwise. */
  readonly said: string;
  /** How often in a row: 2 is more than an accident. */
  readonly times: number;
  /** Milliseconds since the Unix epoch: from then on it is sent again. */
  readonly until: number;
}

// The first time it may have been the network. Later it is the server, which may be mended some day.
const firstRestMs = 10 * 60_000;
const longRestMs = 28 * 24 * 60 * 60_000;

// Few files make a server hang; where all of them do, the verb alone is kept.
const maxOmissions = 100;
const longestLine = 1_000;

/**
 * The commands that one server did not survive: it gave no answer, or the connection ended with
 * it. They are not sent to it again, for minutes after the first time and for weeks after the next.
 */
export class Omissions {
  readonly #known = new Map<string, RememberedOmission>();
  readonly #answeredVerbs = new Set<string>();
  readonly #answeredLines = new Set<string>();
  #lessons = 0;

  constructor(remembered: readonly RememberedOmission[] = []) {
    for (const omission of remembered) this.#known.set(omission.said, omission);
  }

  /** How often something was learnt. */
  get lessons(): number {
    return this.#lessons;
  }

  /** The commands that are not sent now. */
  current(now: number): readonly string[] {
    return [...this.#known.values()].filter(({ until }) => now < until).map(({ said }) => said);
  }

  omits(command: Command, now: number): boolean {
    return [command.verb, redactedLine(command)].some(
      (said) => now < (this.#known.get(said)?.until ?? 0),
    );
  }

  /** The server has answered: it survives this command, though it may not have before. */
  noteAnswer(command: Command): void {
    if (!dispensableVerbs.includes(command.verb)) return;
    const line = redactedLine(command);
    if (this.#answeredLines.size > maxOmissions) this.#answeredLines.clear();
    this.#answeredVerbs.add(command.verb);
    this.#answeredLines.add(line);
    for (const said of [command.verb, line]) this.#known.delete(said);
  }

  /** The connection was lost while this was the command to be answered. */
  noteLoss(command: Command, now: number): void {
    if (!dispensableVerbs.includes(command.verb) || this.omits(command, now)) return;
    const line = redactedLine(command);
    // What has been answered before was lost by accident, if it is not lost again.
    if (this.#answeredLines.delete(line)) return;
    const said = this.#answeredVerbs.has(command.verb) ? line : command.verb;
    if (said.length > longestLine) return;
    const isFirst = !this.#known.has(said);
    const [times, until] = isFirst ? [1, now + firstRestMs] : [2, now + longRestMs];
    this.#known.delete(said);
    this.#known.set(said, { said, times, until });
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > maxOmissions) this.#known.delete(oldest);
    this.#lessons += 1;
  }

  /**
   * A login failed though none of these commands was sent: they may not have been the reason before.
   */
  doubt(): void {
    for (const { said, times } of this.#known.values()) if (times === 1) this.#known.delete(said);
  }

  /** All commands are sent again. */
  forget(): void {
    this.#known.clear();
  }

  /** What is worth keeping. */
  remember(): readonly RememberedOmission[] {
    return [...this.#known.values()];
  }
}

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parseOmissions(value: unknown, now: number): readonly RememberedOmission[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, maxOmissions).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { said, times, until } = entry as Partial<Record<keyof RememberedOmission, unknown>>;
    const [verb = ''] = typeof said === 'string' ? said.split(' ', 1) : [];
    if (typeof said !== 'string' || said.length > longestLine || !dispensableVerbs.includes(verb))
      return [];
    if (times !== 1 && times !== 2) return [];
    if (typeof until !== 'number' || !(until - now <= longRestMs)) return [];
    // Long after its rest is over, that it was so once means nothing.
    return now - until > longRestMs ? [] : [{ said, times, until }];
  });
}
