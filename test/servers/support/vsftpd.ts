import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadOrMakeCertificate } from '../../../src/server/certificate.ts';
import { unpackPackage, whyNoDebianPackages } from './debianPackages.ts';
import type { RealServer, RunningServer, StartOptions, TlsVersion } from './realServer.ts';
import {
  account,
  freePort,
  makeSandbox,
  type Sandbox,
  startDaemon,
  whyNoSandbox,
} from './sandbox.ts';

const host = '127.0.0.1';

/** vsftpd as Debian packages it, refusing data connections that do not resume the TLS session. */
export const vsftpd: RealServer = {
  name: 'vsftpd',
  tlsVersions: ['TLSv1.2', 'TLSv1.3'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  unavailable: async (signal) => (await whyNoDebianPackages()) ?? (await whyNoSandbox(signal)),
  start: startVsftpd,
};

async function startVsftpd(
  { tlsVersion }: StartOptions,
  signal: AbortSignal,
): Promise<RunningServer> {
  const packages = await unpackPackage('vsftpd', signal);
  await using opened = new AsyncDisposableStack();
  const sandbox = opened.use(await makeSandbox('vsftpd'));
  const { fingerprint } = await loadOrMakeCertificate(sandbox.folder, [host]);
  const port = await freePort();
  const configuration = await writeConfiguration(sandbox, port);
  const daemon = {
    packages,
    program: 'usr/sbin/vsftpd',
    args: [configuration],
    environment: { OPENSSL_CONF: await limitTls(sandbox, tlsVersion) },
    port,
  };
  opened.use(await startDaemon(sandbox, daemon, signal));
  const { user, password, uid, gid } = account;
  const running = { host, port, user, password, fingerprint, home: sandbox.home };
  const all = opened.move();
  return { ...running, owner: { uid, gid }, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function writeConfiguration({ folder }: Sandbox, port: number): Promise<string> {
  const certificate = join(folder, 'certificate.pem');
  const path = join(folder, 'vsftpd.conf');
  const settings = {
    listen: 'YES',
    listen_address: host,
    listen_port: port,
    background: 'NO',
    anonymous_enable: 'NO',
    local_enable: 'YES',
    write_enable: 'YES',
    chroot_local_user: 'YES',
    allow_writeable_chroot: 'YES',
    secure_chroot_dir: join(folder, 'etc', 'pam.d'),
    pam_service_name: 'ftp',
    chmod_enable: 'YES',
    utf8_filesystem: 'YES',
    xferlog_enable: 'NO',
    delay_failed_login: 0,
    ssl_enable: 'YES',
    force_local_logins_ssl: 'YES',
    force_local_data_ssl: 'YES',
    require_ssl_reuse: 'YES',
    ssl_ciphers: 'HIGH',
    rsa_cert_file: certificate,
    rsa_private_key_file: certificate,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(path, lines.join(''));
  return path;
}

// vsftpd has no setting for the newest version of TLS; the library that it uses has one.
async function limitTls({ folder }: Sandbox, newest: TlsVersion): Promise<string> {
  const path = join(folder, 'openssl.cnf');
  const sections = [
    'openssl_conf = all',
    '[all]\nssl_conf = connections',
    '[connections]\nsystem_default = every',
    `[every]\nMaxProtocol = ${newest}\n`,
  ];
  await writeFile(path, sections.join('\n'));
  return path;
}
