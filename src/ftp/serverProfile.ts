import { Ladder } from './ladder.ts';
import { allRungs, type DataPortName, type Rung } from './options.ts';

/** What is kept of a profile between two starts. Plain data. */
export interface RememberedProfile {
  readonly rung: Rung;
  readonly framing: 'unknown' | 'proved';
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

// A firewall that was opened, or a server that was mended, is found out within a day.
const rememberedForMs = 24 * 60 * 60 * 1000;

/**
 * What has been learnt of one server, shared by all connections to it. Nothing here is believed
 * because a server said so: it was seen.
 */
export class ServerProfile {
  readonly ladder: Ladder;
  /** 200 to MODE B proves nothing: one whole file in blocks does, its size known. */
  framing: 'unknown' | 'proved';
  /**
   * RFC 3659, 7.2, has MLSD come as a stream of its own even in block mode, and some servers do
   * that with LIST: which it is here, is seen at the first one.
   */
  readonly listings: { MLSD: 'unknown' | 'framed' | 'raw'; LIST: 'unknown' | 'framed' | 'raw' } = {
    MLSD: 'unknown',
    LIST: 'unknown',
  };
  /** Ends of files were seen in blocks of their own: so they are marked whatever the file's size. */
  marksEnds = false;
  /** The server confirms a STOR only when we close the data connection. */
  closesToConfirm = false;

  constructor(rungs: readonly Rung[], remembered?: RememberedProfile) {
    this.ladder = new Ladder(rungs, remembered?.rung);
    this.framing = remembered?.framing ?? 'unknown';
  }

  /** What is worth keeping; `undefined` before any rung has worked. */
  remember(now: number): RememberedProfile | undefined {
    const rung = this.ladder.proved;
    return rung && { rung, framing: this.framing, at: now };
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseRememberedProfile(value: unknown, now: number): RememberedProfile | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { rung, framing, at } = value as Partial<Record<keyof RememberedProfile, unknown>>;
  if (typeof at !== 'number' || now - at > rememberedForMs || at > now) return undefined;
  const known = findRung(rung);
  return known && { rung: known, framing: framing === 'proved' ? 'proved' : 'unknown', at };
}

function findRung(value: unknown): Rung | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { mode, dataPort } = value as { mode?: unknown; dataPort?: unknown };
  return allRungs.find((rung) => rung.mode === mode && rung.dataPort === dataPort);
}

const dataPortWords: Readonly<Record<DataPortName, string>> = {
  default: 'default data port',
  epsv: 'EPSV',
  pasv: 'PASV',
  eprt: 'EPRT',
  port: 'PORT',
};

/** "block mode · default data port", the words of README and status bar. */
export function rungWords(rung: Rung): string {
  return `${rung.mode} mode · ${dataPortWords[rung.dataPort]}`;
}
