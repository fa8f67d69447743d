import { join } from 'node:path';
import type { Rung } from '../../../src/ftp/rung.ts';
import type { PersonalityName } from '../../../src/server/personality.ts';
import type { RealServer } from '../support/realServer.ts';
import { account } from '../support/sandbox.ts';
import { loopback, sandboxedServer } from '../support/sandboxedServer.ts';
import { nodeDaemon } from './nodeDaemon.ts';

const script: string = join(import.meta.dirname, 'portsideServer.ts');

/** What `portside serve` is, by the personality that it shows. */
export function portside(personality: PersonalityName, rung: Rung): RealServer {
  return sandboxedServer({
    name: personality === 'standard' ? 'Portside' : `Portside as ${personality}`,
    version: '',
    protections: ['none', 'TLSv1.2', 'TLSv1.3'],
    startOptions: ['timeZone', 'idleSeconds', 'sessions'],
    rung,
    withoutTickets: [],
    packages: [],
    daemon: (place) => {
      const { sandbox, port, certificate, options } = place;
      return nodeDaemon(place, script, {
        ...account,
        ...options,
        host: loopback,
        port,
        home: sandbox.home,
        certificate,
        personality,
      });
    },
  });
}
