import type { RemoteEntry } from '../ftp/grammar/entry.ts';

/** An entry as the command line writes it. */
export interface EntryJson {
  readonly name: string;
  readonly type: RemoteEntry['type'];
  readonly size: number | null;
  /** The size is only near the truth: the server has rounded it, or counts whole blocks. */
  readonly estimate?: true;
  /** ISO 8601 in UTC. */
  readonly modified: string | null;
  readonly precision: 'second' | 'minute' | 'day';
  readonly target?: string;
  /** Mode bits as four octal digits; where the server tells none, the letters of RFC 3659, 7.5.5. */
  readonly permissions?: string;
}

/** An entry as JSON has it: what is not known is null. */
export function entryJson(entry: RemoteEntry): EntryJson {
  const { name, type, estimate, size = estimate, modified, precision, target } = entry;
  const isEstimate = entry.sizeOf !== undefined || (entry.size === undefined && size !== undefined);
  const permissions = entry.mode ?? entry.permissions;
  return {
    name,
    type,
    size: size ?? null,
    ...(isEstimate && { estimate: true as const }),
    modified: modified?.toISOString() ?? null,
    // Where no time is told there is none to be precise about; the word is that of MLSD.
    precision: precision === 'none' ? 'second' : precision,
    ...(target !== undefined && { target }),
    ...(permissions !== undefined && { permissions }),
  };
}

/** JSON that can be shown: what a terminal would obey in a name is escaped there too. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  const acting = /[\u007f-\u009f\p{Bidi_Control}]/gu;
  return `${text.replaceAll(acting, escape)}\n`;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
