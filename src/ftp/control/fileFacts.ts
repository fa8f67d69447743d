import { nameOf } from '../../base/paths.ts';
import type { ExchangeOptions } from './exchange.ts';
import type { UserPI } from './userPI.ts';
import type { RemoteEntry } from '../grammar/entry.ts';
import { parseFactsLine, parseMdtmReply, parseSize } from '../grammar/facts.ts';
import { hashesBySha256 } from '../grammar/features.ts';
import { type Reply, replyText } from '../grammar/reply.ts';

/** Exact facts of one name: MLST, or SIZE and MDTM; see `FtpConnection.entry`. */
export async function entryOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
  options: ExchangeOptions = {},
): Promise<RemoteEntry | undefined> {
  const asking = { ...options, signal };
  if (pi.features.has('MLST')) {
    const told = await answer(pi, { verb: 'MLST', path }, readFacts, asking);
    // Where MLST is kept from the server, the older questions may not be.
    if (told?.value || !pi.keepsQuiet) return told?.value && { ...told.value, name: nameOf(path) };
  } else if (!pi.tellsFiles) return undefined;
  // Not awaited one by one: they are queued together, so that none waits behind a STOR that waits for
  // the answer; they go out together where the pipeline is deeper than one.
  const [size, time, sizesFolders] = await Promise.all([
    answer(pi, { verb: 'SIZE', path }, readSize, asking),
    answer(pi, { verb: 'MDTM', path }, readTime, asking),
    pi.sizesFolders(signal, options),
  ]);
  if (!size || !time || sizesFolders) return undefined;
  const modified = time.value;
  return {
    name: nameOf(path),
    type: 'file',
    size: size.value,
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
  return (await answer(pi, { verb: 'MDTM', path }, readTime, { signal }))?.value;
}

/** RFC 3659, 4: the bytes that RETR would send. */
export async function sizeOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
  options: ExchangeOptions = {},
): Promise<number | undefined> {
  return (await answer(pi, { verb: 'SIZE', path }, readSize, { ...options, signal }))?.value;
}

/** HASH, where its algorithm is SHA-256: the file's in hex, lower case. */
export async function sha256ByHash(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!hashesBySha256(pi.features)) return undefined;
  return (await answer(pi, { verb: 'HASH', path }, readHash, { signal }))?.value;
}

interface Question {
  readonly verb: string;
  readonly path: string;
}

/**
 * The answer to a question; `undefined` where it was refused. An answer that cannot be read, or is
 * about another name, may belong to another question: where it does, the connection is closed.
 */
async function answer<T>(
  pi: UserPI,
  { verb, path }: Question,
  read: (reply: Reply, path: string) => Readable<T>,
  options: ExchangeOptions & { readonly signal: AbortSignal },
): Promise<{ readonly value: T | undefined } | undefined> {
  const reply = await pi.ask(verb, path, options.signal, options);
  if (!reply) return undefined;
  const { value, fits } = read(reply, path);
  if (!fits) await pi.makeSureOf(verb, options.signal);
  return { value };
}

/** `fits`: no other question is answered so. */
interface Readable<T> {
  readonly value: T | undefined;
  readonly fits: boolean;
}

// Fourteen digits are a time: no file has as many bytes.
function readSize(reply: Reply): Readable<number> {
  const text = replyText(reply);
  const value = parseSize(text);
  return { value, fits: reply.code === 213 && value !== undefined && !/^\d{14}$/.test(text) };
}

function readTime(reply: Reply): Readable<Date> {
  const value = parseMdtmReply(replyText(reply));
  return { value, fits: reply.code === 213 && value !== undefined };
}

// draft-bryan-ftp-hash: 213 SHA-256 start-end hex path, of the algorithm that is selected.
function readHash(reply: Reply): Readable<string> {
  const hash = /\bSHA-256\s+\S+\s+([0-9a-f]{64})\b/i.exec(replyText(reply))?.[1];
  return { value: hash?.toLowerCase(), fits: reply.code === 213 && hash !== undefined };
}

// RFC 3659, 7.2: the entry's line begins with one space, between the first line and the last.
function readFacts(reply: Reply, path: string): Readable<RemoteEntry> {
  const line = reply.lines.slice(1, -1).find((text) => text.startsWith(' '));
  const facts = line === undefined ? undefined : parseFactsLine(line.slice(1));
  if (typeof facts !== 'object') return { value: undefined, fits: facts !== undefined };
  return { value: facts, fits: sameName(facts.name, path) };
}

// Servers tell the whole pathname or its last name, and may write it in their own way.
function sameName(told: string, path: string): boolean {
  const last = told.slice(told.lastIndexOf('/') + 1);
  return last.normalize().toLowerCase() === nameOf(path).normalize().toLowerCase();
}
