import { type Command, isSecret } from '../grammar/command.ts';
import type { Reply } from '../grammar/reply.ts';

// Shorter ones stand in other words by chance.
const shortest = 3;

/** What was said in confidence, kept out of what a server says back: some repeat it. */
export class Secrets {
  readonly #told = new Set<string>();

  note(command: Command): void {
    const { argument = '' } = command;
    if (isSecret(command) && argument.length >= shortest) this.#told.add(argument);
  }

  hide(text: string): string {
    let hidden = text;
    for (const secret of this.#told) hidden = hidden.replaceAll(secret, '****');
    return hidden;
  }

  /** A reply to what is no secret may hold such a name, and is left as it is. */
  hideIn(reply: Reply, command: Command | undefined): Reply {
    if (command && !isSecret(command)) return reply;
    return { ...reply, lines: reply.lines.map((line) => this.hide(line)) };
  }
}
