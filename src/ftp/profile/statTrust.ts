import { knownWord } from './remembered.ts';

// A file may be written to between two listings of its folder; the third time it is no accident.
const maxDoubts = 3;

/**
 * What was seen of STAT with a pathname on one server. It lists a folder in one round trip and needs
 * no data connection, but servers differ in what they take its argument for.
 */
export class StatTrust {
  #state: 'unknown' | 'proved' | 'refused';
  #takesOptions: 'unknown' | 'yes' | 'no' = 'unknown';
  #showsItself: 'unknown' | 'yes' | 'no' = 'unknown';
  #doubts = 0;

  constructor(state: StatTrust['state'] = 'unknown') {
    this.#state = state;
  }

  /** Proved: it listed a folder just as LIST did, or all that could be asked fitted. */
  get state(): 'unknown' | 'proved' | 'refused' {
    return this.#state;
  }

  /** Whether "-a" before the pathname shows hidden files, or is taken for a part of the name. */
  get takesOptions(): 'unknown' | 'yes' | 'no' {
    return this.#takesOptions;
  }

  /** Whether "." is among the entries: then a listing without it is none of a folder. */
  get showsItself(): 'unknown' | 'yes' | 'no' {
    return this.#showsItself;
  }

  /** STAT told the same as all other commands. */
  proved(): void {
    this.#state = 'proved';
  }

  /** STAT told nothing that could be a listing, or broke the connection. */
  refused(): void {
    this.#state = 'refused';
  }

  /** STAT told something else than a listing that came over a data connection. */
  doubt(): void {
    this.#doubts += 1;
    if (this.#doubts >= maxDoubts) this.refused();
  }

  /** A folder was listed, with options or without, with an entry "." or without. */
  listed(takesOptions: 'yes' | 'no', { showsItself }: { readonly showsItself: boolean }): void {
    this.#takesOptions = takesOptions;
    this.#showsItself = showsItself ? 'yes' : 'no';
  }

  /**
   * What is worth keeping as long as the server is the same. Not what it makes of options: believed
   * wrongly, a folder would seem empty.
   */
  rememberHabit(): 'refused' | undefined {
    return this.#state === 'refused' ? 'refused' : undefined;
  }

  /** Takes up what was kept so. */
  recall(state: 'refused' | undefined): void {
    if (state !== undefined && this.#state === 'unknown') this.#state = state;
  }
}

/** Reads what `rememberHabit` gave, from a store that other programs may have written to. */
export function parseStatHabit(value: unknown): 'refused' | undefined {
  return knownWord(['refused'], value);
}
