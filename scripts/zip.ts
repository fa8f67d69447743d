// Reading the table of contents of a zip archive, which a VSIX is.

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endLength = 22;
const entryLength = 46;

/**
 * The files that the central directory of a zip archive names. Reads what vsce writes: no comment of
 * more than 64 KiB, no 64-bit sizes.
 */
export function listZip(archive: Uint8Array): readonly ZipEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const entries: ZipEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    if (view.getUint32(at, true) !== entrySignature) throw new Error('The archive is damaged.');
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const nameAt = at + entryLength;
    const nameEnd = nameAt + (name ?? 0);
    entries.push({
      name: new TextDecoder().decode(archive.subarray(nameAt, nameEnd)),
      size: view.getUint32(at + 24, true),
    });
    at = nameEnd + (extra ?? 0) + (comment ?? 0);
  }
  return entries;
}

function findEnd(view: DataView): number {
  for (let at = view.byteLength - endLength; at >= 0; at--) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  throw new Error('This is no zip archive.');
}
