import { type Charset, latin1, utf8 } from './charset.ts';
import { losslessCharset } from './losslessCharset.ts';

/** The charsets that servers were seen to write names in, as users are to choose from them. */
export const charsetNames: readonly string[] = [
  'utf-8',
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16].map((part) => `iso-8859-${part}`),
  ...[874, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => `windows-${page}`),
  ...[437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 865, 866, 869].map(
    (page) => `cp${page}`,
  ),
  'koi8-r',
  'koi8-u',
  'macintosh',
  'maccyrillic',
  'shift_jis',
  'euc-jp',
  'gbk',
  'gb18030',
  'big5',
  'euc-kr',
];

const atOnce: ReadonlyMap<string, Charset> = new Map([
  ['utf8', utf8],
  ['latin1', latin1],
  ['iso88591', latin1],
]);

/**
 * The charset of that name, in which no byte of a name gets lost; other names of the same one do as
 * well (`cp1251`, `sjis`). `undefined` for a name that is not known, and for charsets without ASCII.
 */
export async function charsetNamed(name: string): Promise<Charset | undefined> {
  const known = atOnce.get(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
  if (known) return known;
  const { codecNamed } = await import('./codePages.ts');
  const codec = codecNamed(name);
  return codec && losslessCharset(name.toLowerCase(), codec);
}
