import { together } from '../../base/together.ts';
import { ReplyError } from '../errors.ts';
import type { Renamed } from '../ftpConnection.ts';
import type { Command } from '../grammar/command.ts';
import type { RemoteEntry } from '../grammar/entry.ts';
import { entryOf, sizeOf } from './fileFacts.ts';
import type { UserPI } from './userPI.ts';

// What changes something is followed, in the same go, by the questions whose answers show whether it
// did, and by the one that proves all these replies to be in step. They are not awaited one by one.
const inTheSameGo = { companion: true };

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
  const making = pi.say(command, { signal });
  const asking = pi.features.has('MLST') ? factsOf(pi, path, signal) : undefined;
  const [, reply, facts] = await together(
    pi.makeSure(signal, inTheSameGo),
    making,
    Promise.resolve(asking),
  );
  // RFC 959, 5.4: 257 is what MKD is answered. Without MLST that has to do.
  const isProved = asking ? facts?.type === 'directory' : reply.code === 257;
  return isProved ? 'made' : 'unproved';
}

/** Says a command, and makes sure that the reply is its own. */
export async function change(pi: UserPI, command: Command, signal: AbortSignal): Promise<void> {
  pi.control.check([command]);
  const saying = pi.say(command, { signal });
  await together(pi.makeSure(signal, inTheSameGo), saying);
}

/** RNFR and RNTO, and what stands under both names behind them. */
export async function rename(
  pi: UserPI,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<Renamed> {
  pi.control.check([from, to].map((argument) => ({ verb: 'RNTO', argument })));
  const renaming = pi.rename(from, to, signal);
  const asking = [from, to].map((path) => factsOf(pi, path, signal));
  const facts = Promise.all(asking);
  const [, refusal, [atFrom, atTo]] = await together(
    pi.makeSure(signal, inTheSameGo),
    renaming,
    facts,
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
  pi.control.check([command]);
  const asking = pi.control.exchange(command, { signal });
  const [, reply] = await together(pi.makeSure(signal, inTheSameGo), asking);
  return reply.replyClass === 'intermediate' ? undefined : new ReplyError(command, reply);
}

/** DELE; `stays` where the server confirms it and tells of the file all the same. */
export async function deleteFile(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<'gone' | 'stays'> {
  const command = { verb: 'DELE', argument: path };
  pi.control.check([command]);
  const deleting = pi.say(command, { signal });
  const asking = pi.features.has('MLST')
    ? factsOf(pi, path, signal)
    : sizeOf(pi, path, signal, inTheSameGo).catch(unlessRefused);
  const [, , found] = await together(pi.makeSure(signal, inTheSameGo), deleting, asking);
  return found === undefined ? 'gone' : 'stays';
}

async function factsOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<RemoteEntry | undefined> {
  return entryOf(pi, path, signal, inTheSameGo).catch(unlessRefused);
}

// 450, "file busy", tells nothing.
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ReplyError)) throw error;
  return undefined;
}
