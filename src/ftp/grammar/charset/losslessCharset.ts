import { GrammarError } from '../grammarError.ts';
import {
  type Charset,
  isPrivateLetter,
  privateLetterOf,
  splitAtPrivateLetters,
} from './charset.ts';

/** What a library makes of bytes and back; what it does not know may get lost on the way. */
export interface Codec {
  decode(bytes: Uint8Array): string;
  encode(text: string): Uint8Array;
}

/**
 * A charset in which no byte gets lost: those that the codec cannot read, or would write in another
 * way, become private letters. `undefined` for a codec that does not keep ASCII: command lines and
 * the frames of listings are ASCII, in whatever charset the names are.
 */
export function losslessCharset(name: string, codec: Codec): Charset | undefined {
  const ascii = Uint8Array.from({ length: 0x80 }, (_, byte) => byte);
  if (codec.decode(ascii) !== String.fromCharCode(...ascii)) return undefined;
  if (!isSame(codec.encode(String.fromCharCode(...ascii)), ascii)) return undefined;
  const lengthAt = lengths(codec);
  const encode = (text: string): Uint8Array => encodeWith(name, codec, text);
  return {
    name,
    encode,
    decode: (bytes) => {
      const text = codec.decode(bytes);
      if (isClean(text) && comesBack(encode, text, bytes)) return text;
      const pieces = decodePieces(codec, bytes, lengthAt);
      return comesBack(encode, pieces, bytes) ? pieces : privately(bytes);
    },
  };
}

// All in one call: a name may be private letters and others by turns.
function encodeWith(name: string, codec: Codec, text: string): Uint8Array {
  const pieces = splitAtPrivateLetters(text);
  const ordinary = pieces.filter((piece) => !isPrivateLetter(piece));
  const whole = ordinary.join('\n');
  const bytes = codec.encode(whole);
  // The library writes "?" for what it cannot write, and some letters as another one that looks
  // like it: that would be the name of another file.
  if (!isClean(whole) || codec.decode(bytes) !== whole) {
    throw new GrammarError(`A letter is not in ${name}`);
  }
  const written = splitLike(ordinary, bytes).values();
  const next = (): Uint8Array => written.next().value ?? nothing;
  return Buffer.concat(
    pieces.map((piece) =>
      isPrivateLetter(piece) ? Uint8Array.of(piece.charCodeAt(0) & 0xff) : next(),
    ),
  );
}

/** The bytes of each text, where all of them stand in one, a line feed between them. */
function splitLike(texts: readonly string[], bytes: Uint8Array): Uint8Array[] {
  let start = 0;
  return texts.map((text) => {
    let end = start;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      end = bytes.indexOf(lineFeed, end) + 1;
    }
    end = bytes.indexOf(lineFeed, end);
    const own = bytes.subarray(start, end < 0 ? undefined : end);
    start = end + 1;
    return own;
  });
}

function comesBack(encode: (text: string) => Uint8Array, text: string, bytes: Uint8Array): boolean {
  try {
    return isSame(encode(text), bytes);
  } catch (error) {
    if (error instanceof GrammarError) return false;
    throw error;
  }
}

function isClean(text: string): boolean {
  return !/[\uFFFD\uEF80-\uEFFF]/.test(text);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** How many bytes the letter at that place has if it is well formed. */
type LengthAt = (bytes: Uint8Array, at: number) => number;

// One of each kind that has letters of more than two bytes; no other charset reads one letter there.
const threeOfEucJp = Uint8Array.of(0x8f, 0xb0, 0xa1);
const fourOfGb18030 = Uint8Array.of(0x81, 0x30, 0x81, 0x30);

function lengths(codec: Codec): LengthAt {
  const upper = Uint8Array.from({ length: 0x80 }, (_, byte) => 0x80 + byte);
  if (codec.decode(upper).length === upper.length) return () => 1;
  const isSingle = Array.from({ length: 256 }, (_, byte) =>
    isClean(codec.decode(Uint8Array.of(byte))),
  );
  const hasThree = codec.decode(threeOfEucJp).length === 1;
  const hasFour = codec.decode(fourOfGb18030).length === 1;
  return (bytes, at) => {
    const [first = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(at, at + 4);
    if (isSingle[first]) return 1;
    if (hasThree && first === 0x8f && second > 0xa0 && third > 0xa0) return 3;
    if (hasFour && isDigit(second) && third > 0x80 && isDigit(fourth)) return 4;
    // The second bytes of all of them begin there: no blank, quote, slash or line end is among them.
    return second >= 0x40 ? 2 : 1;
  };
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

// So many letters are asked for at a time: a call for each would cost more than the decoding.
const piecesAtOnce = 8_192;

const lineFeed = 0x0a;
const nothing = new Uint8Array();

// Letter by letter, many in one go with a line feed behind each: none has one inside.
function decodePieces(codec: Codec, bytes: Uint8Array, lengthAt: LengthAt): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const pieces: Uint8Array[] = [];
    for (; at < bytes.length && pieces.length < piecesAtOnce;) {
      const length = lengthAt(bytes, at);
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    text += decodeTogether(codec, pieces);
  }
  return text;
}

function decodeTogether(codec: Codec, pieces: readonly Uint8Array[]): string {
  const special = pieces.filter(([byte = 0]) => byte >= 0x80);
  const texts = codec.decode(joined(special)).split('\n');
  const written = splitLike(texts, codec.encode(texts.join('\n')));
  const known = new Map<Uint8Array, string>();
  for (const [index, piece] of special.entries()) {
    const text = texts[index] ?? '';
    if (isClean(text) && isSame(written[index] ?? nothing, piece)) known.set(piece, text);
  }
  return pieces.map((piece) => known.get(piece) ?? privately(piece)).join('');
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces.flatMap((piece) => [piece, Uint8Array.of(lineFeed)]));
}

/** ASCII as it is, and each other byte as its private letter. */
function privately(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : privateLetterOf(byte),
  ).join('');
}
