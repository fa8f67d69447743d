import { type FactsLine, parseFactsLine } from '../../facts.ts';
import type { ListingLine } from '../listingLine.ts';

/**
 * RFC 3659, 7: one line of MLSD, or the line of an MLST reply with its leading space or more. The folder
 * itself and its parent are no entries of it.
 */
export function parseMlsdLine(line: string): ListingLine {
  const isReply = line.startsWith(' ') && hasType.test(line);
  const parsed = parseFactsLine(isReply ? line.trimStart() : line);
  return isEntry(parsed) ? parsed : parsed && 'skip';
}

function isEntry(parsed: FactsLine | undefined): parsed is Exclude<FactsLine, string> {
  return parsed !== 'listedFolder' && parsed !== 'parentFolder' && parsed !== undefined;
}

// RFC 3659, 7.2 allows a line without facts, of a name that is then all of this; nobody has one.
const hasType = /^ {1,16}(?:[\w.-]{1,32}=[^; ]{0,64};){0,16}type=\w/i;

/** Alone, any indented text looks like a line without facts. */
export function hasFacts(line: string): boolean {
  return !line.startsWith(' ') || hasType.test(line);
}
