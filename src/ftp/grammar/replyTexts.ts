import type { Reply } from './reply.ts';

// What the texts of two replies tell: the pathname of a 257, and the listing in a reply to STAT.

/**
 * RFC 959, 5.4 and Appendix II: in a 257 reply the pathname stands in quotes, and a quote in it is
 * doubled. `undefined` where there is none.
 */
export function parseQuotedPathname(text: string): string | undefined {
  return /"((?:[^"]|"")*)"/.exec(text)?.[1]?.replaceAll('""', '"');
}

/**
 * The pathname that a 257 reply to PWD names: in quotes, as servers are met in others than those of
 * the standard, or, without any, up to the words that servers write behind it ("257 /shop is current
 * directory"). `undefined` where that leaves open where it ends.
 */
export function parseWorkingDirectory(text: string): string | undefined {
  const quoted = parseQuotedPathname(text) ?? /'([^']*)'/.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  const rest = /^(?:257[ -]+)?(\/.*)$/.exec(text.trimEnd())?.[1];
  const path = rest?.replace(/[,.]?\s+(?:is\b.*|\(?current\b.*|working directory.*|\.)$/i, '');
  return path === undefined || /\s/.test(path) ? undefined : path;
}

/** What a reply to STAT with a pathname lists. */
export interface StatListing {
  /** As LIST would have sent them. */
  readonly lines: readonly string[];
  /** "." is among them, a folder: whatever was asked for, it was no file and no pattern. */
  readonly showsItself: boolean;
}

// RFC 959, 4.2.2: 212 "directory status", 213 "file status"; the ftpds of BSD say 211 to both.
const statusCodes: ReadonlySet<number> = new Set([211, 212, 213]);

/**
 * RFC 959, 4.1.3: STAT with a pathname is "similar to the LIST command except that data shall be
 * transferred over the control connection". The first line and the last one are the server's own
 * words. `undefined` for every other reply, such as a status in one line, and for one whose names
 * may have lost letters.
 */
export function parseStatReply(reply: Reply): StatListing | undefined {
  const { code, lines, holdsIac = false } = reply;
  if (!statusCodes.has(code) || lines.length < 2 || holdsIac) return undefined;
  const listed = withoutIndent(lines.slice(1, -1));
  return { lines: listed, showsItself: listed.some(namesItself) };
}

// "drwxr-xr-x 2 owner group 4096 Nov 22 16:23 .", or IIS's "<DIR>          .". No pattern: one that
// looks for two places in a line takes the square of its length.
function namesItself(line: string): boolean {
  return line.endsWith(' .') && (line.startsWith('d') || line.includes('<DIR>'));
}

// ProFTPD puts one space before each line, as RFC 959, 4.2, suggests for lines that might be taken
// for the last one.
function withoutIndent(lines: readonly string[]): readonly string[] {
  const filled = lines.filter((line) => line !== '');
  const indented = filled.length > 0 && filled.every((line) => line.startsWith(' '));
  return indented ? lines.map((line) => line.slice(1)) : lines;
}

// In a shell's pattern, an option or a list of names each of these is itself.
const plainPath = /^\/[\p{L}\p{M}\p{N}/._+@:-]*$/u;

/** True for a path that means the same whether a server looks for patterns, options and blanks or not. */
export function isPlainPath(path: string): boolean {
  return plainPath.test(path);
}
