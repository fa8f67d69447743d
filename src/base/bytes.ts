/** A file's content in pieces. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export const noBytes: Uint8Array = new Uint8Array(0);

/** One array of all the pieces; a single piece is handed back as it is, not copied. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first && pieces.length === 1) return first;
  return Buffer.concat(pieces);
}

/** Reads a source to its end. Fails with `RangeError` as soon as it passes `limit` bytes. */
export async function collectBytes(source: ByteSource, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    size += piece.length;
    if (size > limit) throw new RangeError(`More than ${limit} bytes`);
    pieces.push(piece);
  }
  return concatBytes(pieces);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
