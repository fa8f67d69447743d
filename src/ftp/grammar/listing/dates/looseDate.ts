import type { Word } from '../words.ts';
import type { ListedDate } from './listedDate.ts';

// A month in a language that we do not know, "Th3" or "kw."; or one that is another month in each of
// two languages.
const word = /^\p{Letter}[\p{Letter}\p{Mark}\d\u2019']{0,11}[.,]?$/u;
const day = /^\d{1,2}[.,]?$/;
const year = /^\d{4}$/;
const longestClock = 24;
const figures = /^\d{1,4}([-./])\d{1,2}\1\d{1,4}\.?$/;

/**
 * What has the form of a date and is none that we can read: of an unknown month, or a day that no
 * calendar has ("Jan  0  1980"). It hides no file; the time is left out.
 */
export function parseLooseDate(words: readonly Word[], at: number): ListedDate | undefined {
  const [first, second, third] = words.slice(at, at + 3);
  if (!first || !second) return undefined;
  if (figures.test(first.text)) {
    return isClock(second) ? endingAt(second) : { ...endingAt(first), isPadded: true };
  }
  const isDay = [first, second].some(({ text }) => day.test(text));
  const isMonth = [first, second].some(({ text }) => word.test(text));
  if (!isDay || !isMonth || !third) return undefined;
  if (isClock(third)) return endingAt(third);
  if (!year.test(third.text)) return undefined;
  const fourth = words[at + 3];
  return endingAt(fourth && fourth.start === third.end + 1 && isClock(fourth) ? fourth : third);
}

// Whether a day has that time is not asked: "13:23PM".
function isClock({ text }: Word): boolean {
  return (
    text.length <= longestClock &&
    /^\d{1,2}[:.]\d{1,2}(?:[:.][\d.,]+)?(?:[ap]\.?m?\.?)?$/i.test(text)
  );
}

function endingAt({ end }: Word): ListedDate {
  return { modified: undefined, precision: 'none', end };
}
