import { wordsOf } from '../words.ts';
import { monthNames, monthsByLanguage } from './monthNames.ts';

// Enough for months of a whole year to be among them.
const tellingLines = 1_000;
const mostWords = 12;

/**
 * Knows what a month's name means that is another month in each of two languages ("srp" is July in
 * Croatian and August in Czech): what the languages say in which most of a listing's months have
 * names.
 */
export class MonthLanguages {
  #lines: readonly string[] = [];
  #languages: readonly ReadonlyMap<string, number>[] | undefined;

  /** The listing to which the names belong; it is looked at when the first of them is asked for. */
  set lines(lines: readonly string[]) {
    if (lines !== this.#lines) this.#languages = undefined;
    this.#lines = lines;
  }

  /** 0 for January; `undefined` where the languages differ, or none has the name. */
  monthOf(text: string): number | undefined {
    const name = nameIn(text);
    if (!isMonth(name)) return undefined;
    this.#languages ??= languagesOf(monthsIn(this.#lines));
    const months = new Set(this.#languages.map((language) => language.get(name)));
    const [month] = months;
    return months.size === 1 ? month : undefined;
  }
}

function nameIn(text: string): string {
  return text.toLowerCase().replace(/[.,]{1,2}$/, '');
}

function isMonth(name: string): boolean {
  return monthNames.has(name) || monthsByLanguage.some((language) => language.has(name));
}

// A day stands beside a month; a name of a file hardly ever does.
function monthsIn(lines: readonly string[]): ReadonlySet<string> {
  const months = new Set<string>();
  for (const line of lines.slice(0, tellingLines)) {
    const words = wordsOf(line, mostWords).map(({ text }) => text);
    for (const [at, word] of words.entries()) {
      const isDated = [words[at - 1], words[at + 1]].some((text) =>
        /^\d{1,2}[.,]?$/.test(text ?? ''),
      );
      const name = nameIn(word);
      if (isDated && !months.has(name) && isMonth(name)) months.add(name);
    }
  }
  return months;
}

function languagesOf(months: ReadonlySet<string>): readonly ReadonlyMap<string, number>[] {
  const counts = monthsByLanguage.map(
    (language) => [...months].filter((name) => language.has(name)).length,
  );
  const most = Math.max(...counts);
  return monthsByLanguage.filter((_, index) => counts[index] === most);
}
