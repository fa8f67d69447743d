import { knownWord } from './remembered.ts';

/** How MLSD is sent: with the path of the folder, or without one after a CWD into it. */
export type MlsdForm = 'path' | 'inside';

/**
 * What has been learnt of how a server lists folders. Each way has a second one, and what is learnt
 * here decides which is tried first.
 */
export class ListingWays {
  #mlsd: 'unknown' | MlsdForm | 'never';
  #listsAll: 'unknown' | 'yes' | 'no' = 'unknown';
  readonly #showsItself = new Set<'MLSD' | 'LIST'>();
  #endsLines: 'unknown' | 'yes' | 'no' = 'unknown';
  #leavesMarkOut = false;

  constructor(remembered?: RememberedWays) {
    this.#mlsd = remembered ?? 'unknown';
  }

  /** `never`: it was refused where LIST served. */
  get mlsd(): 'unknown' | MlsdForm | 'never' {
    return this.#mlsd;
  }

  /** The ways of MLSD that are worth a try, the best first. */
  get mlsdForms(): readonly MlsdForm[] {
    if (this.#mlsd === 'never') return [];
    return this.#mlsd === 'inside' ? ['inside', 'path'] : ['path', 'inside'];
  }

  /** MLSD in this form listed the folder. */
  listsBy(form: MlsdForm): void {
    this.#mlsd = form;
  }

  /** LIST served where MLSD was refused for good. */
  refusesMlsd(): void {
    this.#mlsd = 'never';
  }

  /** What had served was refused: both forms are tried again. */
  doubtMlsd(): void {
    this.#mlsd = 'unknown';
  }

  /** LIST -a: `no` where it shows less than LIST does. */
  get listsAll(): 'unknown' | 'yes' | 'no' {
    return this.#listsAll;
  }

  /** LIST -a was compared with LIST, or showed something. */
  listedAll(answer: 'yes' | 'no'): void {
    this.#listsAll = answer;
  }

  /** True where the folder itself was seen in listings: those of the server have it always. */
  showsItself(verb: 'MLSD' | 'LIST'): boolean {
    return this.#showsItself.has(verb);
  }

  /** The folder itself was in a listing. */
  showedItself(verb: 'MLSD' | 'LIST'): void {
    this.#showsItself.add(verb);
  }

  /** The last line has an end like all others; `no`: a listing without it came twice the same. */
  get endsLines(): 'unknown' | 'yes' | 'no' {
    return this.#endsLines;
  }

  /** A listing's last line had an end. */
  endedLine(): void {
    if (this.#endsLines === 'unknown') this.#endsLines = 'yes';
  }

  /** A listing came twice without an end of its last line. */
  leavesLineOpen(): void {
    this.#endsLines = 'no';
  }

  /** In block mode listings have come twice the same without a mark at their end (server "a"). */
  get leavesMarkOut(): boolean {
    return this.#leavesMarkOut;
  }

  /** A listing came twice without a mark at its end. */
  leftMarkOut(): void {
    this.#leavesMarkOut = true;
  }

  /**
   * What is worth keeping: what costs refusals to find out. Not that MLSD obeys its pathname, nor that
   * `-a` shows no more: believed wrongly, folders would be mistaken and files hidden.
   */
  remember(): RememberedWays | undefined {
    return this.#mlsd === 'inside' || this.#mlsd === 'never' ? this.#mlsd : undefined;
  }
}

/** What is kept of it between two starts. */
export type RememberedWays = 'inside' | 'never';

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parseWays(value: unknown): RememberedWays | undefined {
  return knownWord(['inside', 'never'], value);
}
