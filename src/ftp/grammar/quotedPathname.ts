/**
 * RFC 959, 5.4 and Appendix II: in a 257 reply the pathname stands in quotes, and a quote in it is
 * doubled. `undefined` where there is none.
 */
export function parseQuotedPathname(text: string): string | undefined {
  return /"((?:[^"]|"")*)"/.exec(text)?.[1]?.replaceAll('""', '"');
}
