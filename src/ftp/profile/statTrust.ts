// A file may be written to between two listings of its folder; the third time it is no accident.
const maxDoubts = 3;

/**
 * What was seen of STAT with a pathname on one server. It lists a folder in one round trip and needs
 * no data connection, but servers differ in what they take its argument for.
 */
export class StatTrust {
  /** Proved: it listed a folder just as LIST did, or all that could be asked fitted. */
  state: 'unknown' | 'proved' | 'refused';
  /** Whether "-a" before the pathname shows hidden files, or is taken for a part of the name. */
  takesOptions: 'unknown' | 'yes' | 'no' = 'unknown';
  /** Whether "." is among the entries: then a listing without it is none of a folder. */
  showsItself: 'unknown' | 'yes' | 'no' = 'unknown';
  #doubts = 0;

  constructor(state: StatTrust['state'] = 'unknown') {
    this.state = state;
  }

  /** It said something else than a listing that came over a data connection. */
  doubt(): void {
    this.#doubts += 1;
    if (this.#doubts >= maxDoubts) this.state = 'refused';
  }
}
