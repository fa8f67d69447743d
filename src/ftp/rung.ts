/** RFC 959, 3.4: how bytes are framed on a data connection. */
export type TransferModeName = 'block' | 'stream';

/** How a data connection comes about: RFC 959, 3.2 and 4.1.2; RFC 2428. */
export type DataPortName = 'default' | 'epsv' | 'pasv' | 'eprt' | 'port';

/** One step of the ladder of what may work between this client and this server. */
export interface Rung {
  readonly mode: TransferModeName;
  readonly dataPort: DataPortName;
}

/** From the best to the last resort: fewest ports and handshakes first. */
export const allRungs: readonly Rung[] = [
  { mode: 'block', dataPort: 'default' },
  { mode: 'block', dataPort: 'epsv' },
  { mode: 'block', dataPort: 'pasv' },
  { mode: 'stream', dataPort: 'epsv' },
  { mode: 'stream', dataPort: 'pasv' },
  { mode: 'stream', dataPort: 'eprt' },
  { mode: 'stream', dataPort: 'port' },
  { mode: 'stream', dataPort: 'default' },
];

// They stand on a ladder only where they are asked for.
const rungsOnDemand: readonly Rung[] = [
  { mode: 'block', dataPort: 'eprt' },
  { mode: 'block', dataPort: 'port' },
];

/**
 * The rungs that a user's choice leaves. Block mode over EPRT and PORT stands only where asked for;
 * through a proxy no server can connect to us.
 */
export function chooseRungs(
  mode: TransferModeName | 'auto',
  dataPort: DataPortName | 'auto',
  reach: 'direct' | 'proxied' = 'direct',
): readonly Rung[] {
  const wanted = allRungs.filter(
    (rung) =>
      (mode === 'auto' || rung.mode === mode) &&
      (dataPort === 'auto' || rung.dataPort === dataPort) &&
      (reach === 'direct' || isPassive(rung.dataPort)),
  );
  if (reach === 'proxied') return wanted;
  return wanted.length === 0 && mode !== 'auto' && dataPort !== 'auto'
    ? [{ mode, dataPort }]
    : wanted;
}

/** True where we dial: that goes through a proxy too. */
export function isPassive(dataPort: DataPortName): boolean {
  return dataPort === 'epsv' || dataPort === 'pasv';
}

/** True when both are the same mode over the same data port. */
export function sameRung(a: Rung, b: Rung): boolean {
  return a.mode === b.mode && a.dataPort === b.dataPort;
}

/** Reads a rung from a store that other programs may have written to. */
export function parseRung(value: unknown): Rung | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { mode, dataPort } = value as { mode?: unknown; dataPort?: unknown };
  return [...allRungs, ...rungsOnDemand].find(
    (rung) => rung.mode === mode && rung.dataPort === dataPort,
  );
}

const dataPortWords: Readonly<Record<DataPortName, string>> = {
  default: 'default data port',
  epsv: 'EPSV',
  pasv: 'PASV',
  eprt: 'EPRT',
  port: 'PORT',
};

/** "block mode · default data port", the words of README and status bar. */
export function rungWords({ mode, dataPort }: Rung): string {
  return `${mode} mode · ${dataPortWords[dataPort]}`;
}
