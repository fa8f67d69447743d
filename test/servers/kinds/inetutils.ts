import type { RealServer } from '../support/realServer.ts';
import { sandboxedServer } from '../support/sandboxedServer.ts';
import { inetdFor, inetdPackage } from './inetd.ts';

/** The FTP server of GNU inetutils as Debian packages it. It has no TLS. */
export const inetutils: RealServer = sandboxedServer({
  name: 'inetutils-ftpd',
  version: '2.4',
  protections: ['none'],
  startOptions: ['timeZone', 'idleSeconds'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  withoutTickets: [],
  packages: ['inetutils-ftpd', inetdPackage],
  daemon: (place) =>
    inetdFor(place, 'usr/sbin/ftpd', ['-t', `${place.options.idleSeconds ?? 900}`]),
});
