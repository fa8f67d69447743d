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
  #state: 'unknown' | 'proved';
  readonly #listings: Record<ListVerb, ListingFraming> = { MLSD: 'unknown', LIST: 'unknown' };
  /** Of these listings is only remembered how they come. */
  readonly #hearsay = new Set<ListVerb>();
  #marksEnds = false;
  readonly #wholeStores = new Set<SentKind>();
  #stores: 'unknown' | 'short' = 'unknown';
  #closesToConfirm = false;

  constructor(state: 'unknown' | 'proved' = 'unknown') {
    this.#state = state;
  }

  /** 200 to MODE B proves nothing: one whole file in blocks does, its size known. */
  get state(): 'unknown' | 'proved' {
    return this.#state;
  }

  /** Something came in blocks that cannot have come by accident. */
  proved(): void {
    this.#state = 'proved';
  }

  /**
   * RFC 3659, 7.2, has MLSD come as a stream of its own even in block mode, and some servers do
   * that with LIST: which it is here, is seen at the first one.
   */
  listing(verb: ListVerb): ListingFraming {
    return this.#listings[verb];
  }

  /** A listing came whole. */
  listingCame(verb: ListVerb, framing: Exclude<ListingFraming, 'unknown'>): void {
    this.#listings[verb] = framing;
    this.#hearsay.delete(verb);
    // Nothing tells a listing's length; but that its blocks end just where its bytes do, in text
    // that has no zero bytes, is no accident.
    if (framing === 'framed') this.proved();
  }

  /** A listing broke off: where it was read as is only remembered, that may have been the reason. */
  listingBroke(verb: ListVerb): void {
    if (this.#hearsay.delete(verb)) this.#listings[verb] = 'unknown';
  }

  /** Ends of files were seen in blocks of their own: so they are marked whatever the file's size. */
  get marksEnds(): boolean {
    return this.#marksEnds;
  }

  /** A file's end came in a block of its own. */
  endMarked(): void {
    this.#marksEnds = true;
  }

  /** True where a file of that kind was seen to arrive whole in blocks. */
  storesWhole(kind: SentKind): boolean {
    return this.#state === 'proved' && this.#wholeStores.has(kind);
  }

  /** A file arrived whole in blocks. */
  storedWhole(kind: SentKind): void {
    this.proved();
    this.#wholeStores.add(kind);
  }

  /** A server that does not frame would store block headers in the file; others lose bytes. */
  get takesStores(): boolean {
    return this.#state === 'proved' && this.#stores !== 'short';
  }

  /** One file arrived short in blocks: the others go as streams. */
  storedShort(): void {
    this.#stores = 'short';
  }

  /** The server confirms a STOR only when we close the data connection. */
  get closesToConfirm(): boolean {
    return this.#closesToConfirm;
  }

  /** A STOR was confirmed as soon as we closed, and not before. */
  confirmedOnClose(): void {
    if (this.#state === 'proved') this.#closesToConfirm = true;
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
      stores: this.#stores === 'short' ? 'short' : undefined,
      closesToConfirm: this.#closesToConfirm || undefined,
    });
  }

  /** Takes up what was kept. */
  recall({ MLSD, LIST, stores, closesToConfirm }: RememberedFraming): void {
    this.#listings.MLSD = MLSD ?? 'unknown';
    this.#listings.LIST = LIST ?? 'unknown';
    for (const verb of ['MLSD', 'LIST'] as const) this.#hearsay.add(verb);
    this.#stores = stores ?? 'unknown';
    this.#closesToConfirm = closesToConfirm ?? false;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
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
