import { expect, test } from 'vitest';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import type { FtpServerOptions } from '../../../src/server/options.ts';
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
< 250 "/a ""quoted"" name" was removed
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

test('RFC 775: the experimental forms do what the others do', async () => {
  const said = ['XPWD', 'XMKD new', 'XCWD new', 'XCUP', 'XRMD new', 'XRMD new', 'XCWD'];
  expect(await dialogue([...login, ...said])).toBe(`${loginLines}
> XPWD
< 257 "/" is the current folder
> XMKD new
< 257 "/new" was made
> XCWD new
< 250 The folder is now "/new"
> XCUP
< 250 The folder is now "/"
> XRMD new
< 250 Removed
> XRMD new
< 550 No such file or folder
> XCWD
< 501 XCWD needs an argument`);
});

test('a read-only server refuses the experimental forms too', async () => {
  await using server = await startTestServer({ readOnly: true });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.codes(...login, 'XMKD x', 'XRMD folder')).toEqual(['331', '230', '550', '550']);
});

test('verbs without an argument refuse one; blanks behind them are borne', async () => {
  const bare: Record<string, string> = {
    CDUP: '250',
    XCUP: '250',
    PWD: '257',
    XPWD: '257',
    SYST: '215',
    FEAT: '211',
    NOOP: '200',
    PASV: '227',
    ABOR: '226',
    CCC: '533',
    REIN: '220',
    QUIT: '221',
  };
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.codes(...login);
  for (const [verb, code] of Object.entries(bare)) {
    expect([verb, ...(await peer.codes(`${verb} x`, `${verb}  x `, `${verb}   `))]).toEqual([
      verb,
      '501',
      '501',
      code,
    ]);
    if (verb === 'REIN') await peer.codes(...login);
  }
});

test('ALLO takes a size, and perhaps one of records', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  const said = ['ALLO', 'ALLO x', 'ALLO 5 x', 'ALLO -1', 'ALLO 5', 'ALLO 5 R 80'];
  expect((await peer.codes(...login, ...said)).slice(2)).toEqual([
    '501',
    '501',
    '501',
    '501',
    '202',
    '202',
  ]);
});

test('STAT tells of the session before the login too, and of no file', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.say('STAT')).toContain(' Not logged in');
  expect(await peer.codes('STAT ', 'STAT hello.txt', 'STAT /')).toEqual(['211', '530', '530']);
});

test('OPTS MLST leaves unknown facts out and refuses what is no list of facts', async () => {
  const said: Record<string, string> = {
    'OPTS MLST type;size;': '200 MLST OPTS type;size;',
    'OPTS MLST SIZE;x-odd!;charset;Perm;': '200 MLST OPTS size;perm;',
    'OPTS MLST nonsense;': '200 MLST OPTS',
    'OPTS MLST unix.MODE;': '200 MLST OPTS UNIX.mode;',
    'OPTS MLST': '200 MLST OPTS',
  };
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  for (const [line, answer] of Object.entries(said)) expect(await peer.say(line)).toBe(answer);
  await peer.say('OPTS MLST size;');
  const wrong = ['size', 'type;size', ';', 'type;;', 'type; size;', 'type size', '=;', 'ty\tpe;'];
  for (const list of wrong) {
    expect([list, (await peer.say(`OPTS MLST ${list}`)).slice(0, 3)]).toEqual([list, '501']);
  }
  expect(await peer.say('FEAT')).toContain(' MLST type;size*;modify;');
});

test('the mode and time of the root, and special bits, are not set', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.codes(...login);
  const refused = ['SITE CHMOD 4755', 'SITE CHMOD 2755', 'SITE CHMOD 1777', 'SITE CHMOD 7777'].map(
    (command) => `${command} hello.txt`,
  );
  const ofRoot = ['SITE CHMOD 755 /', 'SITE CHMOD 755 .', 'MFMT 20200101000000 /'];
  expect(new Set(await peer.codes(...refused, ...ofRoot))).toEqual(new Set(['550']));
  expect(await peer.codes('SITE CHMOD 0644 hello.txt', 'SITE CHMOD 777 folder')).toEqual([
    '200',
    '200',
  ]);
});
