import type { ReceivedListing } from '../data/receiveListing.ts';
import { type Reply, replyText } from '../grammar/reply.ts';
import type { ListingWays } from '../profile/listingWays.ts';

/** What lets a listing look like a part of one, so that it is asked for once more. */
export type Doubt = 'cutLine' | 'noMark' | 'nothing';

export const doubtWords: Readonly<Record<Doubt, string>> = {
  cutLine: 'it ends in the middle of a line',
  noMark: 'its end is not marked',
  nothing: 'not even the folder itself is in it',
};

const LF = 0x0a;

/** Nothing tells how long a listing is: how it ends is all there is to go by. */
export function doubtOf(
  { pieces, isMarked, isFramed }: ReceivedListing,
  verb: 'MLSD' | 'LIST',
  ways: ListingWays,
): Doubt | undefined {
  if (isMarked) return undefined;
  if (isFramed) return ways.leavesMarkOut ? undefined : 'noMark';
  const last = pieces.findLast(({ length }) => length > 0)?.at(-1);
  // LIST of a folder without anything is asked for in two ways already.
  if (last === undefined) return verb === 'MLSD' ? 'nothing' : undefined;
  return last === LF || ways.endsLines === 'no' ? undefined : 'cutLine';
}

/** Earlier listings of the server had what this one lacks: it is no habit of the server. */
export function isUnusual(doubt: Doubt, ways: ListingWays, marksEnds: boolean): boolean {
  if (doubt === 'cutLine') return ways.endsLines === 'yes';
  return doubt === 'noMark' ? marksEnds : ways.showsItself('MLSD');
}

/** The same once more is how the server writes it. */
export function noteHabit(doubt: Doubt, ways: ListingWays): void {
  if (doubt === 'cutLine') ways.leavesLineOpen();
  if (doubt === 'noMark') ways.leftMarkOut();
}

const wentWell = /\b(?:no|without|zero|0) (?:errors?|failures?)\b/gi;
const wentShort =
  /truncat|incomplete|\bpartial|\bfail(?:ed|ure)|unable|denied|cannot|can't|could ?n[o']t|not (?:all|complete)|\berrors?\b/i;

/**
 * What a server says of a listing that it confirms and has not sent whole: vsftpd "226 Transfer done
 * (but failed to open directory).", Pure-FTPd "226-Output truncated to 2000 matches". Only a warning
 * hangs on these words.
 */
export function saidShort(reply: Reply): string | undefined {
  const text = replyText(reply).trim();
  return wentShort.test(text.replaceAll(wentWell, '')) ? `the server said "${text}"` : undefined;
}

/** A folder that may be entered and has nothing to list: 550 and 450 mean that, too, by their words. */
export function saysEmpty(reply: Reply): boolean {
  const text = replyText(reply);
  if (![450, 550].includes(reply.code) || /denied|permission|not allowed/i.test(text)) return false;
  return /\bno\b.*\b(?:files?|entr(?:y|ies)|members?|data ?sets?|match(?:es)?|found)\b|not found|\bempty\b/i.test(
    text,
  );
}
