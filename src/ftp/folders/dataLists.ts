import { concatBytes } from '../../base/bytes.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { EngineParts } from '../data/engineParts.ts';
import { isRefusedListing, type ReceivedListing } from '../data/receiveListing.ts';
import type { TransferCommand } from '../data/rungChoice.ts';
import type { Transfers } from '../data/transfers.ts';
import { listingLines } from '../grammar/listing/listing.ts';
import { type Reply, replyText } from '../grammar/reply.ts';
import type { ListingWays, MlsdForm } from '../profile/listingWays.ts';

/** A folder's listing as the server wrote it. */
export interface ToldFolder {
  readonly lines: readonly string[];
  /** Why it may not be everything, in words that continue "perhaps not all: ..."; else undefined. */
  readonly missing: string | undefined;
}

const LF = 0x0a;

const nothing: ToldFolder = { lines: [], missing: undefined };

/** Lists folders by MLSD or LIST, over data connections. */
export class DataLists {
  readonly #parts: EngineParts;
  readonly #transfers: Transfers;
  readonly #ways: ListingWays;

  constructor(parts: EngineParts, transfers: Transfers) {
    this.#parts = parts;
    this.#transfers = transfers;
    this.#ways = parts.profile.ways;
  }

  /** The verb that suits the server, or the one that was chosen. */
  get verb(): 'MLSD' | 'LIST' {
    const { options, pi, profile } = this.#parts;
    if (options.listing === 'mlsd') return 'MLSD';
    if (options.listing === 'list' || !pi.features.has('MLST')) return 'LIST';
    if (this.#ways.mlsd === 'never') return 'LIST';
    const mlsdIsRaw =
      profile.ladder.current?.mode === 'block' && profile.framing.listing('MLSD') === 'raw';
    return mlsdIsRaw && profile.framing.listing('LIST') !== 'raw' ? 'LIST' : 'MLSD';
  }

  /** RFC 3659, 7. */
  async mlsd(form: MlsdForm, folder: RemotePath, signal: AbortSignal): Promise<ToldFolder> {
    if (form === 'path') return await this.#whole({ verb: 'MLSD', argument: folder }, signal);
    await this.#parts.pi.workingDirectory(signal);
    return await this.#whole({ verb: 'MLSD', folder }, signal);
  }

  /** RFC 959, 4.1.3. */
  async list(folder: RemotePath, signal: AbortSignal): Promise<ToldFolder> {
    // A name in LIST's argument may be taken for an option or a pattern; the working directory cannot
    // be. -a shows hidden files where the server is a Unix.
    await this.#parts.pi.workingDirectory(signal);
    const ways = this.#ways;
    const asksAll = ways.listsAll !== 'no';
    const all = asksAll ? await this.#unlessRefused({ argument: '-a', folder }, signal) : undefined;
    if (all?.lines.some(isTelling)) {
      ways.listedAll('yes');
      return all;
    }
    // It shows nothing, or the server has looked for a file "-a": without it there may be more.
    const plain = await this.#unlessEmpty({ verb: 'LIST', folder }, signal);
    const isTold = plain.lines.some(isTelling);
    if (asksAll && (isTold || !all) && plain !== nothing) ways.listedAll('no');
    const missing = ways.showsItself('LIST') && all && !isTold ? doubtWords.nothing : undefined;
    return { ...plain, missing: plain.missing ?? missing };
  }

  async #unlessRefused(
    command: Omit<TransferCommand, 'verb'>,
    signal: AbortSignal,
  ): Promise<ToldFolder | undefined> {
    try {
      return await this.#whole({ verb: 'LIST', ...command }, signal);
    } catch (error) {
      // 451 is about this moment: the command without -a would be refused too.
      if (isRefusedListing(error, 'LIST') && error.reply.code !== 451) return undefined;
      throw error;
    }
  }

  // The CWD into the folder was accepted by then: so a refusal is about the listing.
  async #unlessEmpty(command: TransferCommand, signal: AbortSignal): Promise<ToldFolder> {
    try {
      return await this.#whole(command, signal);
    } catch (error) {
      if (isRefusedListing(error, 'LIST') && saysEmpty(error.reply)) return nothing;
      throw error;
    }
  }

  // What looks like a part is asked for again. If a connection broke, the whole comes then; the same
  // once more is how the server writes it.
  async #whole(command: TransferCommand, signal: AbortSignal): Promise<ToldFolder> {
    const verb = command.verb === 'MLSD' ? 'MLSD' : 'LIST';
    const { profile } = this.#parts;
    const first = await this.#transfers.list(command, signal);
    const doubt = doubtOf(first, verb, this.#ways);
    if (!doubt) return this.#told(first, verb);
    const again = await this.#transfers.list(command, signal);
    const second = doubtOf(again, verb, this.#ways);
    if (!second) return this.#told(again, verb);
    const told = this.#told(lengthOf(again) < lengthOf(first) ? first : again, verb);
    const isHabit =
      areAlike(first, again) && !isUnusual(second, this.#ways, profile.framing.marksEnds);
    if (isHabit) noteHabit(second, this.#ways);
    return isHabit ? told : { ...told, missing: told.missing ?? doubtWords[second] };
  }

  #told(received: ReceivedListing, verb: 'MLSD' | 'LIST'): ToldFolder {
    const { charset } = this.#parts.options;
    const bytes = concatBytes(received.pieces);
    const lines = listingLines(charset.decode(bytes));
    const ways = this.#ways;
    if (lines.some(verb === 'MLSD' ? isFolderFact : isFolderItself)) ways.showedItself(verb);
    if (bytes.at(-1) === LF) ways.endedLine();
    return { lines, missing: saidShort(received.reply) };
  }
}

// "total 0" and similar lines name no entry.
function isTelling(line: string): boolean {
  return line.trim().split(/\s+/, 3).length > 2 || isFolderItself(line);
}

function isFolderItself(line: string): boolean {
  return /(?:^|[\s;])\.{1,2}\/?$/.test(line);
}

/** A line of MLSD that describes the listed folder or its parent. */
export function isFolderFact(line: string): boolean {
  return /^(?:[^ ]*;)?type=[cp]dir;/i.test(line);
}

function lengthOf({ pieces }: ReceivedListing): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

function areAlike(one: ReceivedListing, other: ReceivedListing): boolean {
  return Buffer.compare(concatBytes(one.pieces), concatBytes(other.pieces)) === 0;
}

/** Why a listing looks like a part of one, so that it is asked for once more. */
type Doubt = 'cutLine' | 'noMark' | 'nothing';

const doubtWords: Readonly<Record<Doubt, string>> = {
  cutLine: 'it ends in the middle of a line',
  noMark: 'its end is not marked',
  nothing: 'not even the folder itself is in it',
};

// Nothing tells how long a listing is: only how it ends can be judged.
function doubtOf(
  { pieces, isMarked, isFramed }: ReceivedListing,
  verb: 'MLSD' | 'LIST',
  ways: ListingWays,
): Doubt | undefined {
  if (isMarked) return undefined;
  if (isFramed) return ways.leavesMarkOut ? undefined : 'noMark';
  const last = pieces.findLast(({ length }) => length > 0)?.at(-1);
  // A LIST that shows nothing is asked for in two ways already.
  if (last === undefined) return verb === 'MLSD' ? 'nothing' : undefined;
  return last === LF || ways.endsLines === 'no' ? undefined : 'cutLine';
}

// True where earlier listings had what this one lacks: then the server does not always write it so.
function isUnusual(doubt: Doubt, ways: ListingWays, marksEnds: boolean): boolean {
  if (doubt === 'cutLine') return ways.endsLines === 'yes';
  return doubt === 'noMark' ? marksEnds : ways.showsItself('MLSD');
}

// The same came twice: the server writes listings so.
function noteHabit(doubt: Doubt, ways: ListingWays): void {
  if (doubt === 'cutLine') ways.leavesLineOpen();
  if (doubt === 'noMark') ways.leftMarkOut();
}

const wentWell = /\b(?:no|without|zero|0) (?:errors?|failures?)\b/gi;
const wentShort =
  /truncat|incomplete|\bpartial|\bfail(?:ed|ure)|unable|denied|cannot|can't|could ?n[o']t|not (?:all|complete)|\berrors?\b/i;

/**
 * What a server says of a listing that it confirms and has not sent whole: vsftpd "226 Transfer done
 * (but failed to open directory).", Pure-FTPd "226-Output truncated to 2000 matches". Only a warning
 * depends on these words.
 */
export function saidShort(reply: Reply): string | undefined {
  const text = replyText(reply).trim();
  return wentShort.test(text.replaceAll(wentWell, '')) ? `the server said "${text}"` : undefined;
}

/** True for a 550 or 450 whose words say that the folder, which could be entered, is empty. */
export function saysEmpty(reply: Reply): boolean {
  const text = replyText(reply);
  if (![450, 550].includes(reply.code) || /denied|permission|not allowed/i.test(text)) return false;
  return /\bno\b.*\b(?:files?|entr(?:y|ies)|members?|data ?sets?|match(?:es)?|found)\b|not found|\bempty\b/i.test(
    text,
  );
}
