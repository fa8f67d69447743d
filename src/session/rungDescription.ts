import type { ConnectionDescription } from '../ftp/ftpConnection.ts';

/** "block mode · default data port · TLS 1.3"; `undefined` before the first data connection. */
export function describeRung(description: ConnectionDescription): string | undefined {
  const { rung, tlsVersion } = description;
  if (!rung) return undefined;
  const port = rung.dataPort === 'default' ? 'default data port' : rung.dataPort.toUpperCase();
  const tls = tlsVersion?.replace(/^TLSv/, 'TLS ') ?? 'no TLS';
  return `${rung.mode} mode · ${port} · ${tls}`;
}
