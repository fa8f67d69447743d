import type { RemoteEntry } from '../entry.ts';
import { parseSize } from '../facts.ts';

/** A size as a listing writes it. */
export interface ListedSize {
  readonly bytes: number | undefined;
  /** In units: its last digits are not the file's. */
  readonly isRounded?: true;
}

/** The facts of an entry that has this size. */
export function sizeFacts({ bytes, isRounded }: ListedSize): Pick<RemoteEntry, 'size' | 'sizeOf'> {
  return isRounded ? { size: bytes, sizeOf: 'rounded' } : { size: bytes };
}

// What has more than two or four gigabytes is below zero where a server counts in 32 bits.
const negative = /^-\d{1,20}$/;

// No size is longer, its separators included.
const longestSize = 24;

// "1,234,567", "1.234.567", "1'234'567", and with the narrow blanks of some locales.
const grouped = /^\d{1,3}(?:([.,'’\u00a0\u202f])\d{3})(?:\1\d{3}){0,5}$/;

// "33.5k", "1,2M", "4.0KiB" of `ls -h`, which counts in steps of 1,024.
const rounded = /^(\d{1,7}(?:[.,]\d{1,3})?)([kmgtpe])(?:i?b)?$/i;
const units = 'kmgtpe';

/** Reads a size; `undefined` for what is none. */
export function parseListedSize(text: string): ListedSize | undefined {
  if (text.length > longestSize) return undefined;
  if (/^\d+$/.test(text)) return { bytes: parseSize(text) };
  // `ls -h` of the BSDs, of what needs no larger unit.
  if (/^\d{1,4}B$/.test(text)) return { bytes: parseSize(text.slice(0, -1)) };
  if (grouped.test(text)) return { bytes: parseSize(text.replaceAll(/\D/g, '')) };
  return roundedSize(text) ?? (negative.test(text) ? { bytes: undefined } : undefined);
}

function roundedSize(text: string): ListedSize | undefined {
  const [, count = '', unit = ''] = rounded.exec(text) ?? [];
  if (count === '') return undefined;
  const scale = 1024 ** (units.indexOf(unit.toLowerCase()) + 1);
  const bytes = Math.round(Number(count.replace(',', '.')) * scale);
  return { bytes: Number.isSafeInteger(bytes) ? bytes : undefined, isRounded: true };
}
