import { awaitAll } from '../../base/concurrency.ts';
import { ReplyError } from '../errors.ts';
import type { Renamed } from '../ftpConnection.ts';
import type { Command } from '../grammar/command.ts';
import type { RemoteEntry } from '../grammar/entry.ts';
import type { Reply } from '../grammar/reply.ts';
import type { ExchangeOptions } from './exchange.ts';
import { entryOf, sizeOf } from './fileFacts.ts';
import type { UserPI } from './userPI.ts';

/**
 * Says what changes something, and behind it, not awaited one by one, the questions whose answers
 * show whether it did, and the one that proves all these replies to be in step.
 */
async function provenBy<T, A>(
  pi: UserPI,
  signal: AbortSignal,
  change: () => Promise<T>,
  ask: (options: ExchangeOptions) => Promise<A>,
): Promise<readonly [T, A]> {
  // ftp-srv 4.6 runs the commands of a user side by side, and answers first what is done first: there
  // nothing may be asked before the change is answered. It is known by its SIZE of a folder.
  const overtakes = !pi.features.has('MLST') && (await pi.sizesFolders(signal));
  const options = { companion: !overtakes };
  const changing = change();
  if (overtakes) await Promise.allSettled([changing]);
  const asking = ask(options);
  const [, told, answers] = await awaitAll(pi.makeSure(signal, options), changing, asking);
  return [told, answers];
}

/**
 * MKD; `unproved` where neither its reply nor the name's facts show that it did.
 */
export async function makeDirectory(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<'made' | 'unproved'> {
  const command = { verb: 'MKD', argument: path };
  pi.control.check([command]);
  const tellsFolders = pi.features.has('MLST');
  const [reply, facts] = await provenBy(
    pi,
    signal,
    () => pi.say(command, { signal }),
    async (options) => (tellsFolders ? factsOf(pi, path, signal, options) : undefined),
  );
  // RFC 959, 5.4: 257 is what MKD is answered. Without MLST that has to do.
  const isProved = tellsFolders ? facts?.type === 'directory' : reply.code === 257;
  return isProved ? 'made' : 'unproved';
}

/** Says a command, and makes sure that the reply is its own. */
export async function change(pi: UserPI, command: Command, signal: AbortSignal): Promise<void> {
  pi.control.check([command]);
  await provenBy(pi, signal, () => pi.say(command, { signal }), nothing);
}

/** RNFR and RNTO, and what stands under both names behind them. */
export async function rename(
  pi: UserPI,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<Renamed> {
  pi.control.check([from, to].map((argument) => ({ verb: 'RNTO', argument })));
  const [refusal, [atFrom, atTo]] = await provenBy(
    pi,
    signal,
    () => pi.rename(from, to, signal),
    (options) => Promise.all([from, to].map((path) => factsOf(pi, path, signal, options))),
  );
  return { refusal, from: atFrom, to: atTo };
}

/**
 * RNFR alone, which the next command takes back (RFC 959, 5.4: only RNTO goes on from its 350): what
 * the server has against renaming; `undefined` where it would.
 */
export async function refusalToRename(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<ReplyError | undefined> {
  const command = { verb: 'RNFR', argument: path };
  let isWilling = false;
  const reply = await pi.control.sequence([command, { verb: 'TYPE', argument: 'I' }], {
    signal,
    onIntermediate: () => (isWilling = true),
  });
  if (!isWilling) {
    await pi.makeSure(signal);
    return new ReplyError(command, reply);
  }
  // ProFTPD 1.3.8 answers 501 to whatever is no RNTO from then on. One without a name moves nothing.
  if ([501, 503].includes(reply.code)) await pi.control.exchange({ verb: 'RNTO' }, { signal });
  return undefined;
}

/** DELE; `stays` where the server confirms it and tells of the file all the same. */
export async function deleteFile(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<'gone' | 'stays'> {
  const command = { verb: 'DELE', argument: path };
  pi.control.check([command]);
  const [, found] = await provenBy<Reply, unknown>(
    pi,
    signal,
    () => pi.say(command, { signal }),
    (options) =>
      pi.features.has('MLST')
        ? factsOf(pi, path, signal, options)
        : sizeOf(pi, path, signal, options).catch(unlessRefused),
  );
  return found === undefined ? 'gone' : 'stays';
}

async function factsOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
  options: ExchangeOptions,
): Promise<RemoteEntry | undefined> {
  return entryOf(pi, path, signal, options).catch(unlessRefused);
}

async function nothing(): Promise<void> {}

// 450, "file busy", tells nothing.
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ReplyError)) throw error;
  return undefined;
}
