// Runs ftp-srv as SETTINGS tells. Started as root; serves as the user whose files it holds.
import { FtpSrv } from 'ftp-srv';

const { host, port, home, user, password, uid, gid, idleSeconds } = JSON.parse(
  process.env.SETTINGS,
);

const silent = () => {};
const log = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, silent]),
);
log.child = () => log;

const server = new FtpSrv({
  url: `ftp://${host}:${port}`,
  pasv_url: host,
  timeout: idleSeconds * 1000,
  log,
});
server.on('login', (login, accept, refuse) => {
  if (login.username === user && login.password === password) accept({ root: home });
  else refuse(new Error('Login incorrect'));
});
server.on('client-error', silent);
// It lets an error of a data connection that the client has closed reach nobody.
process.on('uncaughtException', silent);
process.on('unhandledRejection', silent);

process.setgroups([]);
process.setgid(gid);
process.setuid(uid);
await server.listen();
