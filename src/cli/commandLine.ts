import { errorMessage } from '../base/errorMessage.ts';
import { helpText } from './help.ts';
import { OutputClosedError } from './terminal.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usageError.ts';
import type { Verb } from './verb.ts';
import { cat } from './verbs/cat.ts';
import { doctor } from './verbs/doctor.ts';
import { get } from './verbs/get.ts';
import { ls } from './verbs/ls.ts';
import { parseListingVerb } from './verbs/parseListing.ts';
import { put } from './verbs/put.ts';
import { rm } from './verbs/rm.ts';
import { serve } from './verbs/serve.ts';

/** 0: done. 1: failed. 2: the command line does not say what to do. */
export type ExitCode = 0 | 1 | 2;

const verbs: ReadonlyMap<string, Verb> = new Map(
  Object.entries({ ls, cat, get, put, rm, doctor, serve, 'parse-listing': parseListingVerb }),
);

/** Does what the arguments say, and tells what went wrong. Never rejects. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { terminal } = surroundings;
  try {
    return (await obey(args, surroundings, signal)) ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.tell(error.message);
      terminal.tell('portside --help says more.');
      return 2;
    }
    if (!(error instanceof OutputClosedError)) terminal.tell(sentenceOf(error));
    return 1;
  }
}

async function obey(
  args: readonly string[],
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<boolean> {
  const { terminal, version } = surroundings;
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError('Say what to do, like portside ls URL.');
  if (['--help', '-h', 'help'].includes(name)) {
    await terminal.write(helpText([...verbs.values()]));
    return true;
  }
  if (name === '--version') {
    await terminal.write(`${version}\n`);
    return true;
  }
  const verb = verbs.get(name);
  if (!verb) throw new UsageError(`Unknown command "${name}".`);
  if (asksForHelp(rest)) {
    await terminal.write(helpText([verb]));
    return true;
  }
  return await verb.run(rest, surroundings, signal);
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h');
}

function sentenceOf(error: unknown): string {
  const message = errorMessage(error);
  return message.replace(/[^.!?]$/, '$&.');
}
