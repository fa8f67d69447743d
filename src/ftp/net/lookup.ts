import { lookup } from 'node:dns/promises';
import { raceAbort } from '../../base/abort.ts';
import { asciiHost } from './hostName.ts';

/** The addresses of a host in the order in which they are dialled; rejects with the system's error. */
export type Lookup = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/** As the system's resolver knows them; an address is its own. */
export const systemLookup: Lookup = async (host, signal) => {
  const found = await raceAbort(lookup(asciiHost(host), { all: true }), signal);
  return [...new Set(found.map(({ address }) => address))];
};
