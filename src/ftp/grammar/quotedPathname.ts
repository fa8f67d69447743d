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
