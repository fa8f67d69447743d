import { isUtf8 } from 'node:buffer';
import { GrammarError } from '../grammarError.ts';

/** How pathnames and texts stand as bytes on the control connection and in listings. */
export interface Charset {
  readonly name: string;
  /** Total: any bytes are some text, and `encode` makes the same bytes of it again. */
  decode(bytes: Uint8Array): string;
  /** Throws `GrammarError` for a letter that the charset cannot write: it is never replaced. */
  encode(text: string): Uint8Array;
}

/**
 * RFC 2640, 2.2: UTF-8 is the character set of pathnames. A byte that is no UTF-8 (the name comes
 * from an older system) becomes a private letter, U+EF80 for 0x80 up to U+EFFF for 0xFF, and that
 * byte again when it is sent: such a file can be opened and deleted, not just seen.
 */
export const utf8: Charset = {
  name: 'utf-8',
  decode: (bytes) => {
    const text = toText(bytes, 'utf8');
    return /[\uFFFD\uEF80-\uEFFF]/.test(text) ? decodeEach(bytes) : text;
  },
  encode: (text) => {
    if (/\p{Surrogate}/u.test(text))
      throw new GrammarError('A name with half a surrogate pair cannot be sent');
    if (!holdsUndecoded(text)) return Buffer.from(text, 'utf8');
    return Buffer.concat(
      splitAtPrivateLetters(text).map((piece) =>
        isPrivateLetter(piece) ? Buffer.of(piece.charCodeAt(0) & 0xff) : Buffer.from(piece, 'utf8'),
      ),
    );
  },
};

/** One byte, one character: keeps every byte as it is. */
export const latin1: Charset = {
  name: 'latin1',
  decode: (bytes) => toText(bytes, 'latin1'),
  // Cut to a byte, U+010D would be a CR and U+010A a LF: the end of a command inside a name.
  encode: (text) => {
    if (!/^[\0-\xff]*$/.test(text))
      throw new GrammarError('A letter of the name is not in Latin-1');
    return Buffer.from(text, 'latin1');
  },
};

const privateLetter = /[\uEF80-\uEFFF]/;

/** True for text with bytes in it that its charset could not decode. */
export function holdsUndecoded(text: string): boolean {
  return privateLetter.test(text);
}

/** The letter that stands for a byte from 0x80 up which is none of the charset's. */
export function privateLetterOf(byte: number): string {
  return String.fromCharCode(0xef00 + byte);
}

/** True for one such letter. */
export function isPrivateLetter(text: string): boolean {
  return text.length === 1 && privateLetter.test(text);
}

/** The text cut into private letters and what stands between them. */
export function splitAtPrivateLetters(text: string): readonly string[] {
  return text.split(/([\uEF80-\uEFFF])/);
}

function toText(bytes: Uint8Array, encoding: 'utf8' | 'latin1'): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
}

// A private letter that was sent as such is taken for three strange bytes: it comes back as they.
function decodeEach(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const piece = bytes.subarray(at, at + sequenceLength(lead));
    const letter = isUtf8(piece) ? toText(piece, 'utf8') : undefined;
    const known = letter !== undefined && !holdsUndecoded(letter);
    text += known ? letter : privateLetterOf(lead);
    at += known ? piece.length : 1;
  }
  return text;
}

// RFC 3629, 3: the first byte shows how many there are.
function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
