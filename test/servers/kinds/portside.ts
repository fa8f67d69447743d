import { join } from 'node:path';
import type { Rung } from '../../../src/ftp/rung.ts';
import type { PersonalityName } from '../../../src/server/personality.ts';
import type { RealServer } from '../support/realServer.ts';
import { account } from '../support/sandbox.ts';
import { sandboxedServer } from '../support/sandboxedServer.ts';
import { nodeDaemon } from './nodeDaemon.ts';

const script: string = join(import.meta.dirname, 'portsideServer.ts');

const dataConnectionsOf: Readonly<Record<PersonalityName, RealServer['dataConnections']>> = {
  standard: 'kept',
  iis: 'kept',
  'local-time': 'single',
  // Block mode is tried and found to be none before anything comes.
  'no-framing': 'varying',
  // After a file that ends with a whole block nothing says so but the end of the connection.
  'framed-eof-on-data': 'varying',
  'close-each': 'single',
};

// What `portside serve` is, by the personality that it shows.
function portside(personality: PersonalityName, rung: Rung): RealServer {
  return sandboxedServer({
    name: personality === 'standard' ? 'Portside' : `Portside as ${personality}`,
    version: '',
    // TLS is the same in all of them.
    protections: personality === 'standard' ? ['none', 'TLSv1.2', 'TLSv1.3'] : ['none', 'TLSv1.3'],
    startOptions: ['timeZone', 'idleSeconds', 'sessions'],
    rung,
    withoutTickets: [],
    dataConnections: dataConnectionsOf[personality],
    packages: [],
    daemon: async (place) => {
      const { sandbox, address, port, certificate, options } = place;
      return nodeDaemon(script, {
        ...account,
        ...options,
        host: address,
        port,
        home: sandbox.home,
        certificate,
        personality,
      });
    },
  });
}

const oneConnection: Rung = { mode: 'block', dataPort: 'default' };

/** The embedded server as it is, and as others that keep to the RFCs. */
export const soundServers: readonly RealServer[] = [
  portside('standard', oneConnection),
  portside('iis', oneConnection),
  portside('local-time', { mode: 'stream', dataPort: 'epsv' }),
];

/** It marks no end of a listing, so that the engine waits a second for more at each one. */
export const unmarkedEnds: RealServer = portside('framed-eof-on-data', oneConnection);

/** The embedded server with the faults of others in block mode. */
export const faultyServers: readonly RealServer[] = [
  portside('no-framing', { mode: 'stream', dataPort: 'epsv' }),
  unmarkedEnds,
  portside('close-each', oneConnection),
];
