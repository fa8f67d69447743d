import { looksLikeAddress, parseRemoteAddress, type RemoteAddress } from './remoteAddress.ts';
import { UsageError } from './errors.ts';
import type { Verb } from './verb.ts';

type Called = Pick<Verb, 'usage'>;

/** The one address that a verb takes. */
export function oneAddress(positionals: readonly string[], { usage }: Called): RemoteAddress {
  const [only, ...more] = positionals;
  if (only === undefined || more.length > 0) throw wrongCall(usage);
  return parseRemoteAddress(only);
}

/** The first ones and the last one, of two or more. */
export function manyAndOne(
  positionals: readonly string[],
  { usage }: Called,
): { readonly many: readonly string[]; readonly one: string } {
  const many = positionals.slice(0, -1);
  const one = positionals.at(-1);
  if (one === undefined || many.length === 0) throw wrongCall(usage);
  return { many, one };
}

/** A path on this machine. Throws `UsageError` for an address. */
export function localArgument(text: string, { usage }: Called): string {
  if (text === '') throw new UsageError('A path on this machine cannot be empty.');
  if (looksLikeAddress(text)) throw wrongCall(usage);
  return text;
}

/** The error for too few or too many arguments, or a wrong order. */
export function wrongCall(usage: string): UsageError {
  return new UsageError(`Usage: portside ${usage}`);
}
