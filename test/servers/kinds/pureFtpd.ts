import { join } from 'node:path';
import type { Protection, RealServer } from '../support/realServer.ts';
import { sandboxedServer } from '../support/sandboxedServer.ts';

// Of its argument -Y: none, or nothing without TLS on control and data connections.
const tlsWords: Readonly<Record<Protection, string>> = {
  none: '0',
  'TLSv1.2': '3',
  'TLSv1.3': '3',
};

/** Pure-FTPd as Debian packages it. */
export const pureFtpd: RealServer = sandboxedServer({
  name: 'Pure-FTPd',
  version: '1.0.50',
  protections: ['none', 'TLSv1.2', 'TLSv1.3'],
  // Its idle time is counted in minutes, which is too long for a test.
  startOptions: ['timeZone', 'sessions'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  withoutTickets: ['TLSv1.3'],
  packages: ['pure-ftpd'],
  daemon: async ({ sandbox, address, port, certificate, packages, options }) => ({
    program: join(packages.root, 'usr/sbin/pure-ftpd'),
    args: [
      ['--bind', `${address},${port}`],
      ['--login', 'unix'],
      ['--pidfile', join(sandbox.folder, 'pure-ftpd.pid')],
      ['--chrooteveryone', '--noanonymous', '--dontresolve'],
      ['--maxclientsnumber', `${options.sessions ?? 50}`],
      ['--tls', tlsWords[options.protection]],
      ['--certfile', certificate],
    ].flat(),
  }),
});
