import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServer } from '../support/realServer.ts';
import { type Place, sandboxedServer } from '../support/sandboxedServer.ts';

/** vsftpd as Debian packages it, refusing data connections that do not resume the TLS session. */
export const vsftpd: RealServer = sandboxedServer({
  name: 'vsftpd',
  version: '3.0.3',
  protections: ['none', 'TLSv1.2', 'TLSv1.3'],
  startOptions: ['timeZone', 'idleSeconds', 'sessions'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  withoutTickets: [],
  packages: ['vsftpd'],
  daemon: async (place) => ({
    program: join(place.packages.root, 'usr/sbin/vsftpd'),
    args: [await writeConfiguration(place)],
  }),
});

async function writeConfiguration(place: Place): Promise<string> {
  const { folder } = place.sandbox;
  const path = join(folder, 'vsftpd.conf');
  const lines = Object.entries(settingsFor(place)).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(path, lines.join(''));
  return path;
}

function settingsFor({
  sandbox,
  address,
  port,
  certificate,
  options,
}: Place): Record<string, string | number> {
  const tls = options.protection === 'none' ? 'NO' : 'YES';
  return {
    listen: 'YES',
    listen_address: address,
    listen_port: port,
    ftp_data_port: port - 1,
    background: 'NO',
    anonymous_enable: 'NO',
    local_enable: 'YES',
    write_enable: 'YES',
    chroot_local_user: 'YES',
    allow_writeable_chroot: 'YES',
    secure_chroot_dir: join(sandbox.folder, 'empty'),
    pam_service_name: 'ftp',
    chmod_enable: 'YES',
    mdtm_write: 'YES',
    use_localtime: 'YES',
    utf8_filesystem: 'YES',
    xferlog_enable: 'NO',
    delay_failed_login: 0,
    idle_session_timeout: options.idleSeconds ?? 300,
    // One more than the clients: the listener counts itself.
    max_clients: options.sessions ?? 0,
    ssl_enable: tls,
    force_local_logins_ssl: tls,
    force_local_data_ssl: tls,
    require_ssl_reuse: options.dataSession === 'any' ? 'NO' : 'YES',
    ssl_ciphers: 'HIGH',
    rsa_cert_file: certificate,
    rsa_private_key_file: certificate,
  };
}
