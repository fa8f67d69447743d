import { join } from 'node:path';
import type { RealServer } from '../support/realServer.ts';
import { account } from '../support/sandbox.ts';
import { type Place, sandboxedServer } from '../support/sandboxedServer.ts';

const script: string = join(import.meta.dirname, 'pyftpdlibServer.py');

/** pyftpdlib as Debian packages it, with every permission and TLS where it is wanted. */
export const pyftpdlib: RealServer = sandboxedServer({
  name: 'pyftpdlib',
  version: '1.5.7',
  protections: ['none', 'TLSv1.2', 'TLSv1.3'],
  // Its idle time-out was not seen to end a session.
  startOptions: ['timeZone', 'sessions'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  withoutTickets: [],
  othersUseTls: false,
  packages: ['python3-pyftpdlib', 'python3-openssl'],
  daemon: async (place) => ({
    program: 'python3',
    args: [script],
    environment: {
      // Debian's own, which is among the packages where the machine has none.
      PATH: `${join(place.packages.root, 'usr/bin')}:/usr/bin:/bin`,
      PYTHONPATH: join(place.packages.root, 'usr/lib/python3/dist-packages'),
      SETTINGS: JSON.stringify(settingsFor(place)),
    },
  }),
});

function settingsFor({
  sandbox,
  address,
  port,
  certificate,
  options,
}: Place): Record<string, unknown> {
  return {
    ...account,
    host: address,
    port,
    home: sandbox.home,
    certificate: options.protection === 'none' ? undefined : certificate,
    sessions: options.sessions ?? 512,
  };
}
