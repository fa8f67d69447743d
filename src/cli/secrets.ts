import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usageError.ts';

/** Where a secret comes from, and what it is: "password of anna". */
export interface SecretWish {
  readonly variable: string;
  readonly what: string;
}

/**
 * A secret: the environment's variable, else what is typed; never an argument, which every user of
 * this machine can read. Throws `UsageError` where there is nobody to ask.
 */
export async function askSecret(
  { variable, what }: SecretWish,
  { environment, terminal }: Pick<Surroundings, 'environment' | 'terminal'>,
  signal: AbortSignal,
): Promise<string> {
  const known = environment[variable];
  if (known !== undefined) return known;
  const question = `${what[0]?.toUpperCase()}${what.slice(1)}: `;
  const typed = await terminal.askSecret(question, signal);
  if (typed !== undefined) return typed;
  throw new UsageError(
    `The ${what} is not known: set ${variable}, or run this from a terminal to be asked.`,
  );
}
