import type { EntryType } from '../../entry.ts';

/** What the first column of `ls -l` says. */
export interface UnixMode {
  readonly type: EntryType;
  /** b or c: two numbers stand where other files have their size. */
  readonly isDevice: boolean;
  /** Four octal digits; `undefined` where `ls` could not look. */
  readonly mode: string | undefined;
  /** Digits that stand glued to it: "drwxr-x---+1464". */
  readonly links: string;
}

// A letter for the kind, three times three for the bits, and a mark: "+" of ACLs, "." of SELinux and
// "@" of macOS. Doors and ports of Solaris, sockets, pipes and what else no FTP server sends are
// "other"; contiguous files (C), those of an archive (m, M) and f are files; e is an external link of z/OS.
const bits =
  /^([-dlbcpsefDCPLMmnNw])(?:([-r][-w][-xsS][-r][-w][-xsSlL][-r][-w][-xtT])|\?{9})[-+.@*]?(\d{0,5})$/;

const types: Readonly<Record<string, EntryType>> = {
  '-': 'file',
  f: 'file',
  C: 'file',
  m: 'file',
  M: 'file',
  d: 'directory',
  l: 'symlink',
  e: 'symlink',
};

// Some small devices have two times three letters: whose they are is not known.
const fewerBits = /^([-dl])(?:[-r][-w][-xsS]){2}$/;

// Nine letters that a server has cut, or has others among: what it is is told, its bits are not.
const strangeBits = /^[-dl][-rR][-wW][-A-Za-z*?]{4,8}$/;

// The bits, a mark and a count of links that has no blank before it.
const longestMode = 16;

/** Reads the first column; `undefined` when it is none. */
export function parseUnixMode(text: string): UnixMode | undefined {
  if (text.length < 7 || text.length > longestMode) return undefined;
  const match = bits.exec(text) ?? fewerBits.exec(text) ?? strange(text);
  if (!match) return undefined;
  const [, letter = '', letters, links = ''] = match;
  return {
    type: types[letter] ?? 'other',
    isDevice: letter === 'b' || letter === 'c',
    mode: letters && octal(letters),
    links,
  };
}

function strange(text: string): readonly string[] | undefined {
  return strangeBits.test(text) ? [text, text.charAt(0)] : undefined;
}

/** The nine letters from a place on, rwxr-sr-t, as four octal digits. */
export function octal(line: string, start = 0): string {
  let special = 0;
  let digits = '';
  for (let at = 0; at < 9; at += 3) {
    const last = line.charAt(start + at + 2);
    if (last !== '-' && last !== 'x' && 'sStTlL'.includes(last)) special |= 4 >> (at / 3);
    const bits =
      (line[start + at] === '-' ? 0 : 4) +
      (line[start + at + 1] === '-' ? 0 : 2) +
      (last === '-' || 'STlL'.includes(last) ? 0 : 1);
    digits += bits;
  }
  return `${special}${digits}`;
}
