import { fieldsOf, known, knownWord } from './remembered.ts';

/** One server with block mode loses each byte 255 of an upload, and confirms it. */
export type SentKind = 'with255' | 'without255';

/** `stream`: the server lists in stream mode alone (z/OS). */
export type ListingFraming = 'unknown' | 'framed' | 'raw' | 'stream';

/** The commands whose listings come over data connections. */
export type ListVerb = 'MLSD' | 'LIST';

/** What is kept of it between two starts, beside that framing is proved. */
export interface RememberedFraming {
  readonly MLSD?: ListingFraming;
  readonly LIST?: ListingFraming;
  readonly stores?: 'short';
  readonly closesToConfirm?: true;
}

/** What was seen of one server's block mode: how its files, listings and uploads are framed. */
export class Framing {
  /** 200 to MODE B proves nothing: one whole file in blocks does, its size known. */
  state: 'unknown' | 'proved';
  /** Ends of files were seen in blocks of their own: so they are marked whatever the file's size. */
  marksEnds = false;
  /** False: uploads go as streams, for a server that does not frame would store block headers. */
  takesStores: boolean;
  /** The server confirms a STOR only when we close the data connection. */
  closesToConfirm = false;
  readonly #wholeStores = new Set<SentKind>();
  /** The kinds of files that were seen to arrive whole in blocks. */
  readonly storesWhole: ReadonlySet<SentKind> = this.#wholeStores;
  readonly #listings: Record<ListVerb, ListingFraming> = { MLSD: 'unknown', LIST: 'unknown' };
  /** How these listings come is only remembered. */
  readonly #onlyRemembered = new Set<ListVerb>();
  #losesStores = false;
  #missesEnds = false;

  constructor(state: 'unknown' | 'proved' = 'unknown') {
    this.state = state;
    this.takesStores = state === 'proved';
  }

  /** Something came in blocks that cannot have come by accident. */
  proved(): void {
    this.state = 'proved';
    this.takesStores = !this.#losesStores;
  }

  /**
   * RFC 3659, 7.2, has MLSD come as a stream of its own even in block mode, and some servers do
   * that with LIST. The first listing shows how it comes here.
   */
  listing(verb: ListVerb): ListingFraming {
    return this.#listings[verb];
  }

  /** A listing came whole. */
  listingCame(verb: ListVerb, framing: Exclude<ListingFraming, 'unknown'>): void {
    this.#listings[verb] = framing;
    this.#onlyRemembered.delete(verb);
    // The length of a listing is unknown. But blocks that end just where its bytes do, in text without
    // zero bytes, are no accident.
    if (framing === 'framed') this.proved();
  }

  /** A listing broke off: if how it comes was only remembered, that may have been the reason. */
  listingBroke(verb: ListVerb): void {
    if (this.#onlyRemembered.delete(verb)) this.#listings[verb] = 'unknown';
  }

  /** A file's end came in a block of its own. */
  endMarked(): void {
    this.marksEnds = !this.#missesEnds;
  }

  /** A file came longer than it is: its end may not have been marked. Nothing is put behind another file. */
  missedEnd(): void {
    this.#missesEnds = true;
    this.marksEnds = false;
  }

  /** A file arrived whole in blocks. */
  storedWhole(kind: SentKind): void {
    this.proved();
    this.#wholeStores.add(kind);
  }

  /** One file arrived short in blocks, for some servers lose bytes: the others go as streams. */
  storedShort(): void {
    this.#losesStores = true;
    this.takesStores = false;
  }

  /** The server confirmed a STOR as soon as we closed, and not before. */
  confirmedOnClose(): void {
    if (this.state === 'proved') this.closesToConfirm = true;
  }

  /**
   * What is worth keeping. Not which uploads arrive whole, and not that ends are marked: both would
   * stand in the place of a check, and cost nothing to see again.
   */
  remember(): RememberedFraming | undefined {
    const { MLSD, LIST } = this.#listings;
    return known<RememberedFraming>({
      MLSD: MLSD === 'unknown' ? undefined : MLSD,
      LIST: LIST === 'unknown' ? undefined : LIST,
      stores: this.#losesStores ? 'short' : undefined,
      closesToConfirm: this.closesToConfirm || undefined,
    });
  }

  /** Takes up what was kept. */
  recall({ MLSD, LIST, stores, closesToConfirm }: RememberedFraming): void {
    this.#listings.MLSD = MLSD ?? 'unknown';
    this.#listings.LIST = LIST ?? 'unknown';
    for (const verb of ['MLSD', 'LIST'] as const) this.#onlyRemembered.add(verb);
    this.#losesStores = stores === 'short';
    this.takesStores = this.state === 'proved' && !this.#losesStores;
    this.closesToConfirm = closesToConfirm ?? false;
  }
}

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parseFraming(value: unknown): RememberedFraming | undefined {
  const { MLSD, LIST, stores, closesToConfirm } = fieldsOf<RememberedFraming>(value);
  const framings = ['framed', 'raw', 'stream'] as const;
  return known<RememberedFraming>({
    MLSD: knownWord(framings, MLSD),
    LIST: knownWord(framings, LIST),
    stores: knownWord(['short'], stores),
    closesToConfirm: closesToConfirm === true || undefined,
  });
}
