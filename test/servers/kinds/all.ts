import type { RealServer } from '../support/realServer.ts';
import { ftpSrv } from './ftpSrv.ts';
import { inetutils } from './inetutils.ts';
import { linuxFtpd } from './linuxFtpd.ts';
import { faultyServers, soundServers } from './portside.ts';
import { proftpd } from './proftpd.ts';
import { pureFtpd } from './pureFtpd.ts';
import { pyftpdlib } from './pyftpdlib.ts';
import { vsftpd } from './vsftpd.ts';

/** Every server that the tests are run against. */
export const allServers: readonly RealServer[] = [
  vsftpd,
  proftpd,
  pureFtpd,
  pyftpdlib,
  inetutils,
  linuxFtpd,
  ftpSrv,
  ...soundServers,
  ...faultyServers,
];
