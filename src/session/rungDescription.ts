import type { ConnectionDescription } from '../ftp/ftpConnection.ts';
import { rungWords } from '../ftp/rung.ts';

/**
 * "block mode · default data port · TLS 1.3"; `undefined` before anything was listed or transferred.
 * Before the first data connection, folders may have been listed without one.
 */
export function describeRung(description: ConnectionDescription): string | undefined {
  const { rung, tlsVersion, listings } = description;
  const tls = tlsVersion?.replace(/^TLSv/, 'TLS ') ?? 'no TLS';
  if (!rung) return listings === 'STAT' ? `control connection · ${tls}` : undefined;
  return `${rungWords(rung)} · ${tls}`;
}
