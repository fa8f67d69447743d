import type { RemoteEntry } from '../ftp/grammar/entry.ts';

/** An entry as the command line writes it. */
export interface EntryJson {
  readonly name: string;
  readonly type: RemoteEntry['type'];
  readonly size: number | null;
  /** The size is not exact: the server has rounded it, or counts whole blocks. */
  readonly estimate?: true;
  /** ISO 8601 in UTC. */
  readonly modified: string | null;
  readonly precision: 'second' | 'minute' | 'day';
  readonly target?: string;
  /** Mode bits as octal digits; where the server tells none, the letters of RFC 3659, 7.5.5. */
  readonly permissions?: string;
}

/** An entry for JSON: a size or time that is not known is null. */
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
    // Without a time the precision means nothing; "second" is what MLSD would have.
    precision: precision === 'none' ? 'second' : precision,
    ...(target !== undefined && { target }),
    ...(permissions !== undefined && { permissions }),
  };
}

/** JSON that a terminal can show: control characters in names are escaped too. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  const acting = /[\u007f-\u009f\p{Bidi_Control}]/gu;
  return `${text.replaceAll(acting, escape)}\n`;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
