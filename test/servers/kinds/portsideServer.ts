// Runs the embedded server as SETTINGS tells. Started as root; serves as the user whose files it holds.
import { readFileSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { diskFolder } from '../../../src/server/folder/diskFolder.ts';
import { startFtpServer } from '../../../src/server/ftpServer.ts';
import { personalities, type PersonalityName } from '../../../src/server/personality.ts';
import { defaultLimits } from '../../../src/server/limits.ts';
import type { account } from '../support/sandbox.ts';
import type { StartOptions } from '../support/realServer.ts';

type Settings = typeof account &
  StartOptions & {
    readonly host: string;
    readonly port: number;
    readonly home: string;
    readonly certificate: string;
    readonly personality: PersonalityName;
  };

const settings = JSON.parse(process.env['SETTINGS'] ?? '') as Settings;
const { host, port, home, protection, certificate, idleSeconds, sessions } = settings;
const pem = readFileSync(certificate, 'utf8');
const folder = await diskFolder(home);

process.setgroups?.([]);
process.setgid?.(settings.gid);
process.setuid?.(settings.uid);
await startFtpServer({
  listen: { host, port },
  folder,
  tls: protection === 'none' ? 'none' : 'explicit',
  ...(protection === 'none'
    ? {}
    : { certificate: { key: pem, cert: pem }, maxTlsVersion: protection }),
  authenticate: ({ user, password }) => user === settings.user && password === settings.password,
  anonymous: false,
  personality: personalities[settings.personality],
  limits: {
    badPasswordDelay: 0,
    idle: idleSeconds === undefined ? defaultLimits.idle : idleSeconds * 1000,
    connections: sessions ?? defaultLimits.connections,
  },
  clock: systemClock,
  logger: silentLogger,
});
