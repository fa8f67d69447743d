/**
 * RFC 3659, 2.3: YYYYMMDDHHMMSS[.fraction], in UTC. `undefined` for anything else, a day that no
 * calendar has included.
 */
export function parseTimeVal(text: string): Date | undefined {
  if (!isTimeVal(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 4, 6);
  const day = digits(text, 6, 8);
  const hour = digits(text, 8, 10);
  const minute = digits(text, 10, 12);
  const second = digits(text, 12, 14);
  if (year < 1000 || hour > 23 || minute > 59 || second > 60) return undefined;
  if (!(day >= 1 && day <= daysOf(year, month))) return undefined;
  // RFC 3659, 2.3: 60 is a leap second; it is the next one for everyone else.
  const ms = text.length > 15 ? Number(text.slice(15, 18).padEnd(3, '0')) : 0;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
}

// Fourteen digits, and perhaps a full stop and more of them. Listings have one in every line.
function isTimeVal(text: string): boolean {
  if (text.length < 14 || text.length === 15) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (at === 14 ? code !== 0x2e : code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - 0x30;
  return value;
}

// None of a month that there is not.
function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
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
