import { parseFactsLine } from '../facts.ts';
import type { ListingLine } from './listingLine.ts';

/** RFC 3659, 7: one line of MLSD. The folder itself and its parent are no entries of it. */
export function parseMlsdLine(line: string): ListingLine {
  const parsed = parseFactsLine(line);
  return parsed === 'listedFolder' || parsed === 'parentFolder' ? 'skip' : parsed;
}

/** RFC 3659, 7.2 allows a line without facts; alone, any indented text looks so. */
export function hasFacts(line: string): boolean {
  return !line.startsWith(' ');
}
