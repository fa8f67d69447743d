/** Sizes and times in the form of a language. */
export interface Formats {
  bytes(size: number): string;
  rate(bytesPerSecond: number): string;
  /** Milliseconds since the Unix epoch, in the time zone of this machine. */
  time(ms: number): string;
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** The formats of a language, named as VS Code names it: "en", "pt-br". */
export function formatsOf(language: string): Formats {
  const amount = (value: number, per: '' | '-per-second'): string => {
    let unit = 0;
    let scaled = value;
    for (; scaled >= 1000 && unit < units.length - 1; unit++) scaled /= 1024;
    const digits = unit === 0 || scaled >= 100 ? 0 : 1;
    return new Intl.NumberFormat(language, {
      style: 'unit',
      unit: `${units[unit] ?? 'byte'}${per}`,
      unitDisplay: unit === 0 && per === '' ? 'long' : 'short',
      maximumFractionDigits: digits,
    }).format(scaled);
  };
  return {
    bytes: (size) => amount(size, ''),
    rate: (bytesPerSecond) => amount(bytesPerSecond, '-per-second'),
    // Made only when it is needed: to make it takes longer than the whole activation.
    time: (ms) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(ms),
  };
}

/** 64 hex digits in groups that can be compared by eye: "AB:CD:...", sixteen bytes a line. */
export function readableFingerprint(hex: string): string {
  const bytes = hex.toUpperCase().match(/../g) ?? [];
  return [bytes.slice(0, 16), bytes.slice(16)]
    .filter((line) => line.length > 0)
    .map((line) => line.join(':'))
    .join('\n');
}

/** Keeps "$(name)" in a foreign text from turning into an icon where VS Code draws icons. */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}
