import { joinPath, nameOf, parentOf, type RemotePath } from '../base/paths.ts';

const prefix = '.portside-';

// What file systems allow (ext4, NTFS in UTF-16, ZFS): 255 bytes.
const maxNameBytes = 255;

// A longer "extension" is none, and must not take the room of the id.
const maxExtension = 32;

/** True for a name that a save uses while it is under way, ours or another program's window's. */
export function isNeighbourName(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * The name beside `path` under which its new bytes arrive. The extension stays, so that a web server
 * treats it as it would the file; a long name loses its middle.
 */
export function neighbourOf(path: RemotePath, id: string): RemotePath {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  const cut = dot > 0 && byteLength(name.slice(dot)) <= maxExtension ? dot : name.length;
  const extension = name.slice(cut);
  const room = maxNameBytes - byteLength(`${prefix}${id}-${extension}`);
  return joinPath(
    parentOf(path),
    `${prefix}${id}-${shorten(name.slice(0, cut), room)}${extension}`,
  );
}

// Cut between code points: half a surrogate pair would not survive the way to the server.
function shorten(text: string, bytes: number): string {
  let short = '';
  let used = 0;
  for (const character of text) {
    used += byteLength(character);
    if (used > bytes) break;
    short += character;
  }
  return short;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
