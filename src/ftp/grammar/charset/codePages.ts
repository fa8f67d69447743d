import iconv from 'iconv-lite';
import type { Codec } from './losslessCharset.ts';

/** The library's codec of that name; its tables are large, so that this file is loaded when needed. */
export function codecNamed(name: string): Codec | undefined {
  if (!iconv.encodingExists(name)) return undefined;
  const codec: Codec = {
    decode: (bytes) => iconv.decode(bytes, name),
    encode: (text) => iconv.encode(text, name),
  };
  return isEucJp(codec) ? eucJp(codec) : codec;
}

const waveDash = '\uFF5E';
const waveDashOf0208 = Uint8Array.of(0xa1, 0xc1);

function isEucJp(codec: Codec): boolean {
  return codec.encode(waveDash).length === 3 && codec.decode(waveDashOf0208) === waveDash;
}

// iconv-lite 0.7 writes the wave dash, which many names hold, as the letter of JIS X 0212 that
// no file name has, and reads both as the same.
function eucJp(codec: Codec): Codec {
  return {
    decode: (bytes) => codec.decode(bytes),
    encode: (text) => {
      const pieces = text.split(waveDash).map((piece) => codec.encode(piece));
      return Buffer.concat(
        pieces.flatMap((piece, at) => (at === 0 ? [piece] : [waveDashOf0208, piece])),
      );
    },
  };
}
