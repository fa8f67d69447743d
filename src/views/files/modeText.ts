/** The bits of a Unix mode that one letter of `ls -l` stands for. */
export type ModeLetter = 'r' | 'w' | 'x';

/** What a mode allows to owner, group and others, and its special bits. */
export interface ModeParts {
  readonly owner: readonly ModeLetter[];
  readonly group: readonly ModeLetter[];
  readonly others: readonly ModeLetter[];
  /** In the order of their bits: 4000, 2000, 1000. */
  readonly special: readonly ('setuid' | 'setgid' | 'sticky')[];
}

const letters: readonly ModeLetter[] = ['r', 'w', 'x'];
const specials = ['setuid', 'setgid', 'sticky'] as const;

/** The octal digits of a typed mode: "644", "0644", "2755", "rw-r--r--". `undefined`: not a mode. */
export function readMode(text: string): string | undefined {
  const typed = text.trim();
  if (/^[0-7]{3,4}$/.test(typed)) return typed.length === 4 ? typed.replace(/^0/, '') : typed;
  const bits = /^([r-])([w-])([x-])([r-])([w-])([x-])([r-])([w-])([x-])$/.exec(typed)?.slice(1);
  if (!bits) return undefined;
  const mode = Number.parseInt(bits.map((letter) => (letter === '-' ? '0' : '1')).join(''), 2);
  return mode.toString(8).padStart(3, '0');
}

/** Takes a mode in octal digits apart. */
export function modeParts(mode: string): ModeParts {
  const bits = Number.parseInt(mode, 8);
  return {
    owner: chosen(letters, bits >> 6),
    group: chosen(letters, bits >> 3),
    others: chosen(letters, bits),
    special: chosen(specials, bits >> 9),
  };
}

function chosen<T>(words: readonly T[], digit: number): readonly T[] {
  return words.filter((_, at) => (digit & (4 >> at)) !== 0);
}

/** "rwxr-sr-t", as `ls -l` shows it. */
export function modeLetters(mode: string): string {
  const { owner, group, others, special } = modeParts(mode);
  const triple = (
    allowed: readonly ModeLetter[],
    bit: ModeParts['special'][number],
    letter: 's' | 't',
  ): string => {
    const plain = letters.map((each) => (allowed.includes(each) ? each : '-')).join('');
    if (!special.includes(bit)) return plain;
    return plain.slice(0, 2) + (plain.endsWith('x') ? letter : letter.toUpperCase());
  };
  return (
    triple(owner, 'setuid', 's') + triple(group, 'setgid', 's') + triple(others, 'sticky', 't')
  );
}
