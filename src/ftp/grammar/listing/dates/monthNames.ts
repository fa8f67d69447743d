import { wordsOf } from '../words.ts';

// The abbreviations and short names of C libraries' locales, in lower case, January first; more than
// one where a locale has had several.
const locales = [
  'jan feb mar apr may jun jul aug sep|sept oct nov dec',
  'january february march april may june july august september october november december',
  // German, Austrian
  'jan|jän feb mär|mrz|märz apr mai jun|juni jul|juli aug sep|sept okt nov dez',
  'januar|jänner februar märz april mai juni juli august september oktober november dezember',
  // French
  'jan|janv fév|févr|fevr mar|mars avr|avril mai jun|juin jui|juil|juillet aoû|août|aout sep|sept oct nov déc|dec',
  // Italian, Spanish, Portuguese, Catalan, Galician, Romanian
  'gen feb mar apr mag giu lug ago set ott nov dic',
  'ene|enero feb mar|marzo abr|abril may|mayo jun|junio jul|julio ago set|sep|sept oct nov dic',
  'jan fev mar abr mai jun jul ago set out nov dez',
  'gen febr|feb març abr maig juny jul ag set oct nov des',
  'xan feb mar abr mai xuñ xul ago set out nov dec',
  'ian feb mar apr mai iun iul aug sep oct noi|noiem dec',
  // Dutch, Danish, Norwegian, Swedish, Icelandic
  'jan feb mrt|maa apr mei jun jul aug sep okt nov dec',
  'jan feb mar|marts apr maj jun|juni jul|juli aug sep okt nov dec',
  'jan feb mar|mars apr|april mai jun|juni jul|juli aug sep okt nov des',
  'jan feb mar|mars apr|april maj jun|juni jul|juli aug sep okt nov dec',
  'jan feb mar apr maí jún júl ágú sep okt nóv des',
  // Finnish, Estonian, Hungarian
  'tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu',
  'jaan veebr|veeb märts|märt apr mai juuni|juun juuli|juul aug sept okt nov dets',
  'jan feb|febr már|márc ápr máj jún júl aug sze|szept okt nov dec',
  // Polish, Czech, Slovak, Slovenian
  'sty lut mar kwi maj cze lip sie wrz paź lis gru',
  'led úno bře dub kvě čen čec|čvc srp zář říj lis pro',
  'jan feb mar apr máj jún júl aug sep okt nov dec',
  'jan feb mar apr maj jun jul avg sep okt nov dec',
  // Croatian: "lip", "srp" and "lis" are a month earlier than those of its neighbours
  'sij velj|vel ožu tra svi lip srp kol ruj lis stu pro',
  // Turkish, Lithuanian, Indonesian, Malay
  'oca şub mar nis may haz tem ağu eyl eki kas ara',
  'sau|saus vas kov bal geg bir|birž lie|liep rgp|rugp rgs|rugs spa|spal lap|lapkr grd|gruod',
  'jan peb|feb mar apr mei jun jul agu|agt sep okt nov des',
  'jan feb mac apr mei jun jul ogo|ogos sep okt nov dis',
  // Russian, Ukrainian, Bulgarian
  'янв фев|февр мар|март|марта апр мая|май июн|июня|июнь июл|июля|июль авг сен|сент окт ноя|нояб дек',
  'січ лют бер|берез кві|квіт тра|трав чер|черв лип сер|серп вер жов|жовт лис|лист гру|груд',
  'яну фев мар апр май юни юли авг сеп окт ное дек',
  // Serbian, Macedonian, Belarusian, Kazakh, Georgian, Armenian
  'јан феб мар апр мај јун јул авг сеп окт нов дец',
  'сту лют сак кра май чэр ліп жні вер кас ліс сне',
  'қаң ақп нау сәу мам мау шіл там қыр қаз қар жел',
  'იან თებ მარ აპრ მაი ივნ ივლ აგვ სექ ოქტ ნოე დეკ',
  'հնվ փտր|փտվ մար|մրտ ապր մայ|մյս հնս հլս օգս սեպ հոկ նմբ|նոյ դեկ',
  // Latvian, Albanian, Basque, Azerbaijani and Uzbek
  'janv feb|febr mar|marts apr mai|maijs jūn jūl aug sep|sept okt nov dec',
  'jan shk mar pri maj qer kor gsh|gush sht tet nën dhj',
  'urt ots mar api mai eka uzt abu ira urr aza abe',
  'yan fev mar apr may iyn|i̇yn iyl|i̇yl avq|avg sen okt noy dek',
  // Hebrew, Arabic, Persian, Hindi, Thai
  'ינו פבר מרץ אפר מאי יונ יול אוג ספט אוק נוב דצמ',
  'ינו׳ פבר׳ מרס אפר׳ מאי יוני יולי אוג׳ ספט׳ אוק׳ נוב׳ דצמ׳',
  'ينا فبر مار أبر ماي يون يول أغس سبت أكت نوف ديس',
  'يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر',
  'ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر|اكتبر نوامبر دسامبر',
  'जन॰ फ़र॰ मार्च अप्रैल मई जून जुल॰ अग॰ सित॰ अक्तू॰|अक्टू॰ नव॰ दिस॰',
  'ม.ค ก.พ มี.ค เม.ย พ.ค มิ.ย ก.ค ส.ค ก.ย ต.ค พ.ย ธ.ค',
  // Vietnamese
  'th1|th01|thg1 th2|th02|thg2 th3|th03|thg3 th4|th04|thg4 th5|th05|thg5 th6|th06|thg6 th7|th07|thg7 th8|th08|thg8 th9|th09|thg9 th10|thg10 th11|thg11 th12|thg12',
  // Greek
  'ιαν φεβ μάρ|μαρ απρ μάι|μαΐ|μαι ιούν|ιουν ιούλ|ιουλ αύγ|αυγ σεπ οκτ νοέ|νοε δεκ',
];

const foreign = /[^\0-\x7f]/;
const everyForeign = /[^\0-\x7f]/g;

/** What each language calls the months, in lower case and without a full stop; 0 for January. */
const monthsByLanguage: readonly ReadonlyMap<string, number>[] = locales.map(
  (line) => new Map(keysOfLine(line, (name) => [name]).map(([month, name]) => [name, month])),
);

/** The same names where they are the same month in all languages that have them. */
export const monthNames: ReadonlyMap<string, number> = namesOf(locales, (name) => [name]);

/**
 * The same names where every letter beyond ASCII is "?": a listing in an older charset than the one
 * it was decoded with. Names that would then be two months' are left out.
 */
export const mistakenMonthNames: ReadonlyMap<string, number> = namesOf(locales, (name) =>
  /[a-z]/.test(name) && foreign.test(name) ? [name.replaceAll(everyForeign, '?')] : [],
);

function namesOf(
  lines: readonly string[],
  keysOf: (name: string) => readonly string[],
): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  const twice = new Set<string>();
  for (const [month, key] of lines.flatMap((line) => keysOfLine(line, keysOf))) {
    if ((names.get(key) ?? month) !== month) twice.add(key);
    names.set(key, month);
  }
  for (const key of twice) names.delete(key);
  return names;
}

function keysOfLine(
  line: string,
  keysOf: (name: string) => readonly string[],
): readonly (readonly [number, string])[] {
  return line
    .split(' ')
    .flatMap((names, month) =>
      names.split('|').flatMap((name) => keysOf(name).map((key) => [month, key] as const)),
    );
}

// Enough for months of a whole year to be among them.
const tellingLines = 1_000;
const mostWords = 12;

/**
 * Knows what a name means that is another month in each of two languages ("srp" is July in Croatian
 * and August in Czech): the languages decide in which most of the listing's months have names.
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
