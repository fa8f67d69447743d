/**
 * RFC 3659, 2.3: YYYYMMDDHHMMSS[.fraction], in UTC. `undefined` for anything else, a day that no
 * calendar has included.
 */
export function parseTimeVal(text: string): Date | undefined {
  const match = /^([1-9]\d{3})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?$/.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  // RFC 3659, 2.3: 60 is a leap second; it is the next one for everyone else.
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
}

/**
 * The text of a reply to MDTM. RFC 3659, 2.3, tells of servers that wrote "19" and the years since
 * 1900 behind it: 19126 for 2026.
 */
export function parseMdtmReply(text: string): Date | undefined {
  const [, years, rest] = /^191(\d\d)(\d{10}(?:\.\d+)?)$/.exec(text) ?? [];
  return parseTimeVal(years === undefined ? text : `20${years}${rest}`);
}

/** The time in whole seconds: fractions are optional, and not every server can read them. */
export function formatTimeVal(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}
