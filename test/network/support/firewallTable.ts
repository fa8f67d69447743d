import type { DataPortName } from '../../../src/ftp/rung.ts';
import type { Protection } from './hosts.ts';
import { type Situation, situations } from './situations.ts';

/** What was seen in one situation, with one protection. */
export interface Seen {
  /** Whether a file could be read through it. */
  readonly ports: Readonly<Record<DataPortName, boolean>>;
  /** Where the ladder ended; `undefined`: without any data connection. */
  readonly rung: string | undefined;
}

/** What was seen, by the words of the situation. */
export type Sightings = Readonly<Record<Protection, ReadonlyMap<string, Seen>>>;

/** The README's table, made of what was seen and of nothing else. Throws where something is missing. */
export function firewallTable(sightings: Sightings): string {
  const rows = situations.map(({ words }) => {
    const [plain, tls] = [seenIn(sightings.none, words), seenIn(sightings.explicit, words)];
    return [
      words,
      cell(plain.ports.default, tls.ports.default),
      cell(plain.ports.eprt && plain.ports.port, tls.ports.eprt && tls.ports.port),
      cell(plain.ports.epsv && plain.ports.pasv, tls.ports.epsv && tls.ports.pasv),
      rungCell(plain.rung, tls.rung),
    ];
  });
  const head = ['between you and the server', 'default data port', 'active', 'passive', 'chosen'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function seenIn(seen: ReadonlyMap<string, Seen>, words: Situation['words']): Seen {
  const found = seen.get(words);
  if (!found) throw new Error(`Nothing was seen of: ${words}`);
  return found;
}

function cell(plain: boolean, tls: boolean): string {
  if (plain === tls) return tls ? '**works**' : 'fails';
  return tls ? '**works** under TLS' : 'fails under TLS';
}

const browsing = 'none: browsing alone';

function rungCell(plain: string | undefined, tls: string | undefined): string {
  const words = tls ?? browsing;
  return plain === tls ? words : `${words}; ${plain ?? browsing} without TLS`;
}
