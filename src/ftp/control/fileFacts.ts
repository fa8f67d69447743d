import { nameOf } from '../../base/paths.ts';
import type { UserPI } from './userPI.ts';
import { parseSize, type RemoteEntry } from '../grammar/entry.ts';
import { parseFactsLine } from '../grammar/facts.ts';
import { replyText } from '../grammar/reply.ts';
import { parseMdtmReply } from '../grammar/timeVal.ts';

/** Exact facts of one name: MLST, or SIZE and MDTM; see `FtpConnection.entry`. */
export async function entryOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<RemoteEntry | undefined> {
  if (pi.features.has('MLST')) {
    const facts = await factsByMlst(pi, path, signal);
    // Where MLST is kept from the server, the older questions may not be.
    if (facts || !pi.keepsQuiet) return facts;
  }
  // Not awaited one by one: they go out together, and none behind a STOR that waits for the answer.
  const [size, time, sizesFolders] = await Promise.all([
    pi.ask('SIZE', path, signal),
    pi.ask('MDTM', path, signal),
    pi.sizesFolders(signal),
  ]);
  if (!size || !time || sizesFolders) return undefined;
  const modified = parseMdtmReply(replyText(time));
  return {
    name: nameOf(path),
    type: 'file',
    size: parseSize(replyText(size)),
    modified,
    precision: modified ? 'second' : 'none',
  };
}

/** RFC 3659, 3: the exact time of a file; `undefined` where the server does not tell it. */
export async function modifiedOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<Date | undefined> {
  const reply = await pi.ask('MDTM', path, signal);
  return reply && parseMdtmReply(replyText(reply));
}

/** RFC 3659, 4: the bytes that RETR would send. */
export async function sizeOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const reply = await pi.ask('SIZE', path, signal);
  return reply && parseSize(replyText(reply));
}

// draft-bryan-ftp-hash: 213 SHA-256 start-end hex path, of the algorithm that is selected.
/** HASH, where its algorithm is SHA-256: the file's in hex, lower case. */
export async function sha256Of(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!/\bSHA-256\b\*/i.test(pi.features.parameters('HASH') ?? '')) return undefined;
  const reply = await pi.ask('HASH', path, signal);
  return /\bSHA-256\s+\S+\s+([0-9a-f]{64})\b/i
    .exec(reply ? replyText(reply) : '')?.[1]
    ?.toLowerCase();
}

// RFC 3659, 7.2: the entry's line begins with one space, between the first line and the last.
async function factsByMlst(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<RemoteEntry | undefined> {
  const reply = await pi.ask('MLST', path, signal);
  const line = reply?.lines.slice(1, -1).find((text) => text.startsWith(' '));
  const facts = line === undefined ? undefined : parseFactsLine(line.slice(1));
  return typeof facts === 'object' ? { ...facts, name: nameOf(path) } : undefined;
}
