import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/**
 * Which rule of the standards, and which habit of servers, is held where: a file of `test`, and words
 * of the test's name in it. A dialogue is a test by itself.
 */
const clauses: Readonly<Record<string, readonly (readonly [rule: string, ...places: string[]])[]>> =
  {
    'RFC 959, 3.4.2: block mode': [
      ['the low four bits of a descriptor are 0', 'unit/ftp/grammar/block.test.ts: low four bits'],
      [
        'an end of file on the last block, or alone, with EOR or without',
        'unit/ftp/grammar/block.test.ts: ride on its last data or stand alone',
        'dialogues/b-stor-end-on-last-block.txt',
        'dialogues/b-stor-separate-eof.txt',
      ],
      [
        'an empty file is one block of count 0',
        'unit/ftp/grammar/block.test.ts: an empty file is one empty block',
        'engine/matrix.test.ts: every file comes back',
      ],
      ['EOR adds no byte', 'unit/ftp/grammar/block.test.ts: an end of record adds no byte'],
      [
        'suspect data is no file to be saved',
        'dialogues/block-suspect-data.txt',
        'unit/ftp/grammar/block.test.ts: suspect bytes are kept and called so',
      ],
      [
        'a block with the marker bit is wholly a marker, and may end the file',
        'unit/ftp/grammar/block.test.ts: a marker is no part of the file',
        'dialogues/block-markers-and-110.txt',
      ],
      [
        'runs of blocks without data are bounded',
        'unit/ftp/grammar/block.test.ts: nothing but empty blocks',
        'unit/ftp/grammar/block.test.ts: markers without any data',
      ],
      [
        '110 may come any number of times, and is never waited for',
        'dialogues/block-markers-and-110.txt',
        'unit/ftp/control/controlConnection.test.ts: any number of 1yz replies',
      ],
      [
        'framing is proved by one whole file of known size',
        'dialogues/block-not-framed.txt',
        'engine/traps.test.ts: a file beginning like',
      ],
      [
        'a missing end with a bad final reply is no success',
        'dialogues/block-no-end-and-451.txt',
        'dialogues/block-closed-in-a-block.txt',
      ],
      [
        'a missing end with a good one takes the size to agree',
        'dialogues/a-empty-file-no-end.txt',
        'dialogues/a-implicit-tls-no-end-at-full-blocks.txt',
        'engine/traps.test.ts: without an EOF block where it fills its blocks',
      ],
    ],
    'RFC 959, 3.2 and 3.3: data connections': [
      [
        'the client listens on U before it says the transfer command',
        'dialogues/default-port-linux-ftpd.txt',
        'dialogues/block-closed-while-idle.txt',
      ],
      ['the server may dial from any port of its own', 'dialogues/default-port-inetutils-ftpd.txt'],
      [
        'and from no other address',
        'engine/ladder.test.ts: a stranger at our default data port',
        'engine/matrix.test.ts: is that address on every data port',
      ],
      [
        'the first connection counts, and no other',
        'engine/oddServers.test.ts: takes the first connection of the peer',
      ],
      [
        'one that comes for an abandoned transfer serves no other',
        'dialogues/default-port-late-syn.txt',
        'dialogues/default-port-late-syn-beside-abor.txt',
        'dialogues/default-port-end-not-seen.txt',
      ],
      [
        'a kept connection that ends is closed, and the listener stays',
        'dialogues/block-closed-while-idle.txt',
        'engine/traps.test.ts: the end of a kept connection that crosses the next RETR',
      ],
      [
        '226 and 250 are hints, the socket decides',
        'dialogues/block-250-and-closed.txt',
        'engine/traps.test.ts: a server that closes after each transfer',
      ],
      ['the default ports serve one stream at a time', 'dialogues/default-port-spent.txt'],
      [
        'no command leads back to the default port',
        'engine/ladder.test.ts: the default data port is not gone back to',
      ],
      [
        'where the port cannot be shared, all other ways are open',
        'engine/attacks.test.ts: a default data port that cannot be listened on',
      ],
      [
        'MODE S, PROT, AUTH and REIN end a kept connection or are not said beside one',
        'engine/oddServers.test.ts: says nothing that could change what a kept connection is',
        'engine/attacks.test.ts: MODE is said again',
      ],
    ],
    'RFC 959, 5.4: replies': [
      [
        '120 before 220, and several lines anywhere',
        'dialogues/greeting-120.txt',
        'dialogues/pure-ftpd-abor-one-reply.txt',
      ],
      [
        'only the same code and a space end a reply of several lines',
        'unit/ftp/grammar/reply.test.ts: a line that begins with another code',
        'dialogues/attack-inner-codes.txt',
      ],
      ['2yz without 1yz', 'dialogues/transfer-without-150.txt'],
      [
        '425 at once, or behind 150',
        'dialogues/default-port-vsftpd.txt',
        'dialogues/default-port-proftpd.txt',
      ],
      [
        'a refusal in place of 1yz: nothing was sent',
        'engine/oddServers.test.ts: no byte of an upload goes out before',
        'engine/keptConnection.test.ts: a refused file costs no data connection',
      ],
      [
        '426 and 451 in the middle: the connection is dropped, a read repeated, a STOR never',
        'dialogues/block-426-after-half-a-block.txt',
        'engine/traps.test.ts: is an error, and the next file comes whole',
        'engine/oddServers.test.ts: is not sent again',
      ],
      [
        '421 in place of any reply',
        'dialogues/attack-421-midway.txt',
        'dialogues/iis-421-with-a-kept-connection.txt',
      ],
      [
        '332, and 532 met before it is said',
        'dialogues/a-empty-file-no-end.txt',
        'dialogues/login-account-unasked.txt',
      ],
      [
        'RNFR and RNTO are one sequence',
        'unit/ftp/control/controlConnection.test.ts: RNFR and RNTO stand together',
      ],
      [
        'ABOR while it runs and while nothing does, its replies in any order',
        'dialogues/b-abor.txt',
        'dialogues/b-abor-midway.txt',
        'dialogues/abor-answered-late.txt',
      ],
      [
        'one space before a pathname, all others belong to it',
        'unit/ftp/grammar/command.test.ts: one space stands before the argument',
      ],
    ],
    'RFC 2428: EPSV and EPRT': [
      ['every data port over IPv6 too', 'engine/matrix.test.ts: every file comes back'],
      [
        'PASV and PORT name no IPv6 address',
        'engine/matrix.test.ts: is left over IPv6 without a command said',
      ],
      // EPSV is said without an argument: its port is of the family of the control connection.
      [
        'no port or address that cannot be dialled is dialled',
        'dialogues/attack-passive-ports.txt',
        'dialogues/attack-passive-address.txt',
        'unit/ftp/grammar/endpoint.test.ts: a 229 that names no port',
      ],
      [
        '522 is read by its command',
        'dialogues/eprt-522.txt',
        'dialogues/retr-522.txt',
        'dialogues/retr-521.txt',
      ],
      ['EPSV ALL is never said', 'engine/oddServers.test.ts: says nothing that could change'],
    ],
    'RFC 4217: TLS': [
      [
        'nothing in the clear behind 234 is believed',
        'dialogues/attack-clear-text-after-234.txt',
        'dialogues/attack-half-reply-after-234.txt',
      ],
      ['232 logs in', 'dialogues/login-232.txt'],
      [
        'implicit TLS without PBSZ and PROT stays protected',
        'dialogues/implicit-tls-prot-refused.txt',
      ],
      ['explicit TLS without PROT P moves nothing', 'dialogues/attack-prot-refused.txt'],
      [
        'the client begins the handshake whoever dialled, and waits for no reply',
        'dialogues/a-explicit-tls-default-port.txt',
        'dialogues/b-explicit-tls.txt',
      ],
      [
        'data connections resume the session of the control connection',
        'engine/matrix.test.ts: TLS 1.2 resumes',
        'engine/matrix.test.ts: every file comes back',
      ],
      [
        'or show its certificate',
        'engine/tlsConnections.test.ts: that show another certificate are refused',
        'engine/tlsConnections.test.ts: that do not know the ticket',
      ],
      [
        'an end without close_notify',
        'engine/cutConnections.test.ts: is an error anywhere in a file',
        'engine/tlsConnections.test.ts: behind the block that ends the file',
      ],
      [
        'a long upload over an accepted connection goes on reading',
        'engine/matrix.test.ts: every file comes back',
        'dialogues/block-markers-and-110.txt',
      ],
    ],
    'RFC 3659': [
      [
        'MLSD is a stream of its own, or comes in blocks',
        'dialogues/mlsd-beside-a-kept-connection.txt',
        'engine/traps.test.ts: MLSD that comes raw',
        'engine/keptListings.test.ts: listings and files follow each other',
      ],
      [
        'a stream is whole when its size agrees',
        'dialogues/attack-short-file.txt',
        'engine/traps.test.ts: a shortened download that the server confirms',
      ],
      [
        'or when it has grown since',
        'engine/oddServers.test.ts: comes as it was when it was opened',
      ],
      [
        'the size is the one of MODE S',
        'unit/ftp/grammar/command.test.ts: the commands lead from any parameters to any others',
        'dialogues/block-not-framed.txt',
      ],
    ],
    'the ladder': [
      [
        'ends where it should behind every firewall',
        'engine/firewalls.test.ts: the ladder ends where it should behind',
        'network/firewalls.test.ts: toBeLessThan(ladderMs)',
      ],
      ['in time', 'unit/ftp/data/rungChoice.test.ts: a walk on which nothing answers'],
      [
        'tries no way twice',
        'unit/ftp/profile/ladder.test.ts: tries no way twice',
        'dialogues/passive-ports-silent-under-tls.txt',
      ],
      [
        'dials a port that nobody knows before it asks for a transfer',
        'dialogues/passive-ports-silent.txt',
      ],
      [
        'gives up a session in which the server is stuck',
        'dialogues/active-port-silent.txt',
        'dialogues/default-port-pyftpdlib.txt',
      ],
      [
        'loses no operation in the middle of work',
        'engine/firewalls.test.ts: neither a download nor an upload is lost',
        'engine/firewalls.test.ts: says 425 of a sudden',
        'engine/firewalls.test.ts: a kept connection that dies',
      ],
      [
        'says that there is no way, and rests',
        'engine/ladder.test.ts: when every rung has failed',
        'unit/ftp/profile/ladder.test.ts: is not walked again before it has rested',
      ],
      [
        'is remembered by network',
        'unit/ftp/profile/ladder.test.ts: holds for the network',
        'engine/firewalls.test.ts: another network is another ladder',
      ],
      [
        'is tried upward now and then',
        'engine/firewalls.test.ts: comes with a fresh connection when its time has come',
        'engine/firewalls.test.ts: that fails goes back at once',
      ],
    ],
    'commands sent ahead': [
      [
        'the right bytes in the right files',
        'engine/traps.test.ts: 200 files sent ahead on one connection',
        'dialogues/block-pipelined-retr.txt',
      ],
      [
        'one refused and the connection closed: the next is dialled anew',
        'engine/traps.test.ts: one is refused and the connection closed',
      ],
      ['bytes may overtake their reply', 'dialogues/block-bytes-before-125.txt'],
      [
        'small batches, no two writes at a time',
        'unit/ftp/control/controlConnection.test.ts: leave in batches of at most 1024 bytes',
      ],
    ],
    'RFC 959, 4.1.3: STAT, and times': [
      [
        'a folder is listed over the control connection, whatever the server takes STAT to mean',
        'dialogues/stat-vsftpd.txt',
        'dialogues/stat-proftpd.txt',
        'dialogues/stat-pure-ftpd.txt',
        'dialogues/stat-pyftpdlib.txt',
        'dialogues/stat-ftp-srv.txt',
        'dialogues/stat-inetutils-ftpd.txt',
        'engine/noDataPath.test.ts: where no data connection can be had',
      ],
      [
        'a name in a listing does not end the reply',
        'unit/ftp/grammar/reply.test.ts: a name with a line break',
      ],
      [
        'a listing in local time tells the times of MDTM',
        'engine/times.test.ts: tells the times that MDTM tells',
      ],
    ],
    'listings over the control connection': [
      [
        'six servers, each with the habits of its own',
        'dialogues/stat-ftp-srv.txt',
        'dialogues/stat-inetutils-ftpd.txt',
        'dialogues/stat-proftpd.txt',
        'dialogues/stat-pure-ftpd.txt',
        'dialogues/stat-pyftpdlib.txt',
        'dialogues/stat-vsftpd.txt',
      ],
    ],
    'habits of servers': [
      [
        '200 to MODE B and raw bytes',
        'engine/traps.test.ts: a file beginning like',
        'engine/traps.test.ts: an upload is stored as it is',
      ],
      [
        'a STOR that is confirmed when the client closes',
        'dialogues/a-stor-confirmed-after-close.txt',
        'dialogues/a-stor-never-confirmed.txt',
      ],
      ['LIST raw in block mode (server "b")', 'engine/traps.test.ts: marks records and lists raw'],
      ['LIST in stream mode alone (z/OS)', 'dialogues/zos-list-in-stream-mode.txt'],
      [
        'damaged uploads that are confirmed (server "b")',
        'engine/oddServers.test.ts: that the server damages and confirms',
      ],
      ['ProFTPD dials U-1', 'dialogues/default-port-proftpd.txt'],
      ['pyftpdlib says 150, then nothing', 'dialogues/default-port-pyftpdlib.txt'],
      ['ftp-srv says 551', 'dialogues/default-port-ftp-srv.txt'],
      ['vsftpd and Pure-FTPd say 425', 'dialogues/default-port-vsftpd.txt'],
      [
        'Pure-FTPd leaves a reply out',
        'dialogues/pure-ftpd-abor-one-reply.txt',
        'dialogues/pure-ftpd-abor-one-more-150.txt',
      ],
      ['vsftpd says nothing to a STOR of a locked file', 'dialogues/stor-of-a-locked-file.txt'],
      ['Telnet options', 'dialogues/telnet-options.txt'],
      ['an HTTP server on the port', 'dialogues/attack-not-ftp.txt'],
    ],
  };

const root = new URL('../', import.meta.url);

test.each(Object.entries(clauses))('%s is held where it is said to be', (_title, rules) => {
  for (const [rule, ...places] of rules) {
    expect(places.length, rule).toBeGreaterThan(0);
    for (const place of places) {
      const [file = '', ...words] = place.split(': ');
      const text = readFileSync(new URL(file, root), 'utf8').replaceAll(/\s+/g, ' ');
      if (words.length > 0) expect(text, `${rule}: ${place}`).toContain(words.join(': '));
    }
  }
});
