import type { RealServer } from '../support/realServer.ts';
import { sandboxedServer } from '../support/sandboxedServer.ts';
import { inetdFor, inetdPackage } from './inetd.ts';

/** linux-ftpd, the old BSD server as Debian packages it. */
export const linuxFtpd: RealServer = sandboxedServer({
  name: 'linux-ftpd',
  version: '0.17',
  packageVersion: '0.17.36',
  protections: ['none'],
  startOptions: ['timeZone', 'idleSeconds'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  withoutTickets: [],
  packages: ['ftpd-ssl', inetdPackage],
  // It lists by a program that is not in the user's home: so nobody is kept in there.
  confined: false,
  // As in Debian's own file pam_ftp stands first: the server can ask for a password through it alone.
  etc: {
    ftpchroot: '',
    'pam.d/ftp': [
      'auth optional pam_ftp.so',
      'auth required pam_unix.so nodelay use_first_pass',
      'account required pam_unix.so',
      'session required pam_permit.so',
      '',
    ].join('\n'),
  },
  daemon: (place) =>
    inetdFor(place, 'usr/sbin/in.ftpd', ['-t', `${place.options.idleSeconds ?? 900}`]),
});
