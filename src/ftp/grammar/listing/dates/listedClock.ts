import { digitsAt } from '../words.ts';

/** What a clock shows in a listing. */
export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  readonly second?: number;
  /** Thousandths of a second; what is finer is left out. */
  readonly thousandths?: number;
}

// Some servers do not pad: "07:5" is five minutes past seven.
const clock = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?(?:([ap])\.?(?:m\.?)?)?$/i;

// "23:59:59.123456789pm" and not a letter more.
const longestClock = 24;

/** "16:23", "16:23:45.123", "4:23PM", "04:23p"; whether a day has that time is not looked at. */
export function parseListedClock(text: string): ClockTime | undefined {
  if (text.length === 5 && text[2] === ':') return plainClock(text);
  if (text.length > longestClock) return undefined;
  const match = clock.exec(text);
  if (!match) return undefined;
  const [, hours = '', minute = '', second, fraction, half] = match;
  const hour = hourOfDay(Number(hours), half);
  if (hour === undefined) return undefined;
  if (second === undefined) return { hour, minute: Number(minute) };
  const time = { hour, minute: Number(minute), second: Number(second) };
  if (fraction === undefined) return time;
  return { ...time, thousandths: Number(fraction.slice(0, 3).padEnd(3, '0')) };
}

// "16:23", as nearly all are.
function plainClock(text: string): ClockTime | undefined {
  const [hour, minute] = [digitsAt(text, 0), digitsAt(text, 3)];
  return hour < 0 || minute < 0 ? undefined : { hour, minute };
}

// "16:23PM" is neither; 12:23 of each half is in its first hour.
function hourOfDay(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour;
  if (hour > 12) return undefined;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}
