import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServer } from '../support/realServer.ts';
import { type Place, sandboxedServer } from '../support/sandboxedServer.ts';

/** ProFTPD as Debian packages it; mod_tls wants data connections to resume, if not told otherwise. */
export const proftpd: RealServer = sandboxedServer({
  name: 'ProFTPD',
  version: '1.3.8',
  protections: ['none', 'TLSv1.2', 'TLSv1.3'],
  startOptions: ['timeZone', 'idleSeconds', 'sessions'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  withoutTickets: [],
  packages: ['proftpd-core', 'proftpd-mod-crypto'],
  daemon: async (place) => ({
    program: join(place.packages.root, 'usr/sbin/proftpd'),
    args: ['--nodaemon', '--config', await writeConfiguration(place)],
  }),
});

async function writeConfiguration(place: Place): Promise<string> {
  const path = join(place.sandbox.folder, 'proftpd.conf');
  await writeFile(path, `${directives(place).join('\n')}\n`);
  return path;
}

function directives({
  sandbox,
  address,
  port,
  certificate,
  packages,
  options,
}: Place): readonly string[] {
  const { folder } = sandbox;
  const tls = [
    'LoadModule mod_tls.c',
    'TLSEngine on',
    'TLSRequired on',
    `TLSLog ${join(folder, 'tls.log')}`,
    `TLSECCertificateFile ${certificate}`,
    `TLSECCertificateKeyFile ${certificate}`,
    `TLSProtocol ${options.protection === 'TLSv1.2' ? 'TLSv1.2' : 'TLSv1.2 TLSv1.3'}`,
    ...(options.dataSession === 'any' ? ['TLSOptions NoSessionReuseRequired'] : []),
  ];
  return [
    `ModulePath ${join(packages.root, 'usr/lib/proftpd')}`,
    ...(options.protection === 'none' ? [] : tls),
    'ServerName Portside',
    'ServerType standalone',
    `DefaultAddress ${address}`,
    'SocketBindTight on',
    `Port ${port}`,
    'UseIPv6 off',
    'UseReverseDNS off',
    'User nobody',
    'Group nogroup',
    `PidFile ${join(folder, 'proftpd.pid')}`,
    `ScoreboardFile ${join(folder, 'scoreboard')}`,
    `SystemLog ${join(folder, 'system.log')}`,
    'TransferLog none',
    'WtmpLog off',
    'AuthPAM off',
    'AuthOrder mod_auth_unix.c',
    'DefaultRoot ~',
    'AllowOverwrite on',
    // What Debian's own configuration has: without it, times in listings are UTC all the same.
    'TimesGMT off',
    'MaxInstances 60',
    `TimeoutIdle ${options.idleSeconds ?? 600}`,
    ...(options.sessions === undefined ? [] : [`MaxClients ${options.sessions}`]),
    '<IfModule mod_delay.c>',
    '  DelayEngine off',
    '</IfModule>',
    '<Directory />',
    '  AllowOverwrite on',
    '</Directory>',
  ];
}
