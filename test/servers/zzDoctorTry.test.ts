import { test } from 'vitest';
import { examine } from '../support/doctor.ts';
import { ftpSrv } from './kinds/ftpSrv.ts';
import { inetutils } from './kinds/inetutils.ts';
import { linuxFtpd } from './kinds/linuxFtpd.ts';
import { proftpd } from './kinds/proftpd.ts';
import { pureFtpd } from './kinds/pureFtpd.ts';
import { pyftpdlib } from './kinds/pyftpdlib.ts';
import { vsftpd } from './kinds/vsftpd.ts';
const { signal } = new AbortController();
for (const kind of [vsftpd, proftpd, pureFtpd, pyftpdlib, ftpSrv, inetutils, linuxFtpd])
test(kind.name, async () => {
  const why = await kind.unavailable(signal);
  if (why) { console.log(kind.name, 'unavailable', why); return; }
  for (const protection of kind.protections) for (const writes of [false, true]) {
    try {
    await using server = await kind.start({ protection, ...(kind.startOptions.includes('timeZone') && writes && {timeZone: 'Asia/Kolkata'}) }, signal);
    const r = await examine(server.port, { host: server.host, security: protection === 'none' ? 'none' : 'explicit', credentials: { user: server.user, password: server.password }, trust: { fingerprints: [server.fingerprint] }, connections: 4, writes, timeouts: { connect: 15000, reply: 30000, dataProbe: 3000, dataConnection: 10000 } });
    console.log(kind.name, protection, '|', r.cause, r.certainty, r.usable, r.explanation, '|', r.network.trials.map((t) => `${t.rung.mode[0]}/${t.rung.dataPort}:${t.outcome}${t.replyCode ?? ''}:${t.resumed ?? ''}:${t.ms}`).join(' '));
    for (const s of r.stages) if (s.outcome !== 'ok') console.log('   ', s.id, s.outcome, s.ms, s.summary, JSON.stringify(s.tried.filter((t) => t.outcome !== 'ok')));
    } catch (e) { console.log(kind.name, protection, e); }
  }
}, 300000);
