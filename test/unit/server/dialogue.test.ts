import { expect, test } from 'vitest';
import { memoryFolder } from '../../../src/server/memoryFolder.ts';
import type { FtpServerOptions } from '../../../src/server/serverOptions.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { personalities } from '../../../src/server/personality.ts';
import { FtpPeer } from '../../support/ftpPeer.ts';
import { startTestServer } from './testServer.ts';

const noon = Date.UTC(2026, 10, 22, 12, 0, 0);
const stillClock = { ...systemClock, now: () => noon };

/** Says the ">" lines one after the other and gives the dialogue as it went, every line of it. */
async function dialogue(
  commands: readonly string[],
  options: Partial<FtpServerOptions> = {},
): Promise<string> {
  await using server = await startTestServer(options);
  await using peer = await FtpPeer.dial(server.endpoint.port);
  const lines = peer.greeting.split('\n').map((line) => `< ${line}`);
  for (const command of commands) {
    const answer = await peer.say(command);
    lines.push(`> ${command}`, ...answer.split('\n').map((line) => `< ${line}`));
  }
  return lines.join('\n');
}

const login = ['USER anna', 'PASS secret'];
const loginLines = `< 220 Portside is ready
> USER anna
< 331 Password, please
> PASS secret
< 230 Logged in`;

test('a session from the greeting to the goodbye', async () => {
  const said = [
    ...login,
    'SYST',
    'PWD',
    'CWD folder',
    'CDUP',
    'TYPE I',
    'MODE B',
    'STRU F',
    'NOOP',
  ];
  expect(await dialogue([...said, 'ALLO 100', 'QUIT'])).toBe(`${loginLines}
> SYST
< 215 UNIX Type: L8
> PWD
< 257 "/" is the current folder
> CWD folder
< 250 The folder is now "/folder"
> CDUP
< 250 The folder is now "/"
> TYPE I
< 200 The type is image
> MODE B
< 200 The mode is block
> STRU F
< 200 The structure is file
> NOOP
< 200 Still here
> ALLO 100
< 202 No storage needs to be allocated
> QUIT
< 221 Goodbye`);
});

test('FEAT lists what is served, each feature behind one space', async () => {
  expect(await dialogue(['FEAT'])).toBe(`< 220 Portside is ready
> FEAT
< 211-Features
<  EPRT
<  EPSV
<  HASH SHA-256*
<  HOST
<  MDTM
<  MFMT
<  MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;
<  REST STREAM
<  SIZE
<  TVFS
<  UTF8
< 211 End`);
});

test('FEAT of an IIS knows neither MLST nor MFMT', async () => {
  const said = await dialogue([...login, 'FEAT', 'MLST hello.txt', 'SYST'], {
    personality: personalities.iis,
  });
  expect(said).toBe(`${loginLines}
> FEAT
< 211-Features
<  EPRT
<  EPSV
<  HOST
<  MDTM
<  REST STREAM
<  SIZE
<  TVFS
<  UTF8
< 211 End
> MLST hello.txt
< 500 Unknown command
> SYST
< 215 Windows_NT`);
});

test('OPTS chooses the facts of MLST, which are told in the listing and in FEAT', async () => {
  const folder = memoryFolder({ '/a b;c=d': 'x' }, stillClock);
  const said = ['OPTS UTF8 ON', 'OPTS MLST Size;modify;nonsense;', 'MLST a b;c=d', 'OPTS MLST'];
  expect(await dialogue([...login, ...said, 'MLST a b;c=d'], { folder })).toBe(`${loginLines}
> OPTS UTF8 ON
< 200 UTF-8 is on
> OPTS MLST Size;modify;nonsense;
< 200 MLST OPTS size;modify;
> MLST a b;c=d
< 250-Listing /a b;c=d
<  size=1;modify=20261122120000; /a b;c=d
< 250 End
> OPTS MLST
< 200 MLST OPTS
> MLST a b;c=d
< 250-Listing /a b;c=d
<   /a b;c=d
< 250 End`);
});

test('STAT lists over the control connection, tells of a file, and of the session', async () => {
  const folder = memoryFolder({ '/hello.txt': 'hello', '/sub/x': '' }, stillClock);
  const said = ['STAT /', 'STAT -la hello.txt', 'STAT'];
  const answer = await dialogue([...login, ...said], { folder, clock: stillClock });
  expect(answer).toBe(`${loginLines}
> STAT /
< 212-Status follows
< -rw-r--r--   1 ftp      ftp                 5 Nov 22 12:00 hello.txt
< drwxr-xr-x   1 ftp      ftp                 0 Nov 22 12:00 sub
< 212 End of status
> STAT -la hello.txt
< 213-Status follows
< -rw-r--r--   1 ftp      ftp                 5 Nov 22 12:00 hello.txt
< 213 End of status
> STAT
< 211-Status of the session
<  Connected from 127.0.0.1
<  Logged in as anna
<  TYPE A, STRU F, MODE S, PROT C
<  Control connection in the clear
<  Data port: default
<  No transfer is running
< 211 End of status`);
});

test('names are made, changed, looked at and removed', async () => {
  const folder = memoryFolder({ '/a': 'abc' }, stillClock);
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  const said = ['TYPE I', 'SIZE a', 'MDTM a', 'MFMT 20200102030405 a', 'MDTM a', 'HASH a'];
  const changed = ['RNFR a', 'RNTO a "quoted" name', 'SITE CHMOD 600 a "quoted" name'];
  const made = ['MKD with "quotes"', 'RMD with "quotes"', 'DELE a "quoted" name', 'SIZE a'];
  const answer = await dialogue([...login, ...said, ...changed, ...made], { folder });
  expect(answer).toBe(`${loginLines}
> TYPE I
< 200 The type is image
> SIZE a
< 213 3
> MDTM a
< 213 20261122120000
> MFMT 20200102030405 a
< 213 Modify=20200102030405; a
> MDTM a
< 213 20200102030405
> HASH a
< 213 SHA-256 0-3 ${hash} a
> RNFR a
< 350 Say RNTO
> RNTO a "quoted" name
< 250 Renamed
> SITE CHMOD 600 a "quoted" name
< 200 The mode was changed
> MKD with "quotes"
< 257 "/with ""quotes""" was made
> RMD with "quotes"
< 250 Removed
> DELE a "quoted" name
< 250 Removed
> SIZE a
< 550 No such file or folder`);
});

test('what is not served, malformed or out of order is refused with its own code', async () => {
  const wrong: Record<string, string> = {
    'XYZZY now': '500',
    '': '500',
    'MODE C': '504',
    'STRU R': '504',
    'TYPE E': '504',
    'TYPE L 36': '504',
    'TYPE L 8': '200',
    'TYPE A': '200',
    'SIZE hello.txt': '550',
    'TYPE A N': '200',
    'TYPE I': '200',
    'SIZE folder': '550',
    'MDTM folder': '550',
    RETR: '501',
    'RNTO x': '503',
    'MFMT yesterday hello.txt': '501',
    'MLSD hello.txt': '501',
    'MLSD absent': '550',
    'CWD hello.txt': '550',
    'CWD absent': '550',
    'RMD hello.txt': '550',
    'RMD folder': '550',
    'RMD /': '550',
    'DELE folder': '550',
    'MKD folder': '550',
    'MKD /': '550',
    'RNFR absent': '550',
    'RETR folder': '550',
    'STOR folder': '550',
    'STOR absent/file': '550',
    'SITE CHMOD 9 hello.txt': '501',
    'SITE UTIME x': '504',
    'OPTS NOTHING': '501',
    'OPTS UTF8 OFF': '504',
    'PROT P': '503',
    'PBSZ 0': '503',
    'AUTH TLS': '502',
    CCC: '533',
    'HOST example.org': '503',
    'PASS again': '503',
    'REST -1': '501',
    'MODE B': '200',
    'REST 5': '504',
    'EPSV 2': '522',
    'EPRT |3|x|5|': '522',
    'EPRT nonsense': '501',
    'PORT 1,2,3': '501',
    SMNT: '500',
  };
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.codes(...login);
  const codes = await peer.codes(...Object.keys(wrong));
  expect(Object.fromEntries(Object.keys(wrong).map((line, at) => [line, codes[at]]))).toEqual(
    wrong,
  );
});

test('a NUL or a CR inside an argument is no pathname', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.codes(...login, 'MKD a\0b', 'MKD a\rb', 'NOOP')).toEqual([
    '331',
    '230',
    '501',
    '501',
    '200',
  ]);
});

test('names are bytes: those of Latin-1 and the letter 255 come back as they were sent', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.codes(...login);
  // RFC 854: 255 stands twice on the wire.
  expect(await peer.say('MKD caf\xe9\xff\xff')).toBe('257 "/caf\xe9\xff\xff" was made');
  expect(await peer.say('CWD caf\xe9\xff\xff')).toBe('250 The folder is now "/caf\xe9\xff\xff"');
});
