/**
 * RFC 3659, 2.3: YYYYMMDDHHMMSS[.fraction], in UTC. `undefined` for anything else, a day that no
 * calendar has included.
 */
export function parseTimeVal(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const ms = Math.trunc(Number(`0.${match[7] ?? '0'}`) * 1000);
  // RFC 3659, 2.3: 60 is a leap second; it is the next one for everyone else.
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
  return second === 60 || date.getUTCDate() === day ? date : undefined;
}

/** The time in whole seconds: fractions are optional, and not every server can read them. */
export function formatTimeVal(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}
