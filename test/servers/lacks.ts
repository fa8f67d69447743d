import type { Protection, RealServer } from './support/realServer.ts';

/** What a server cannot do, seen by tests that fail there as they are expected to. */
export interface Lack {
  readonly server: string;
  /** Left out: under any. */
  readonly protections?: readonly Protection[];
  /** The tests that show it, each by its group and name. */
  readonly tests: readonly string[];
  /** How they fail. */
  readonly instead: RegExp;
  /** What the README says of it: it goes on after the server's name and "lacks:". */
  readonly why: string;
}

const defaultPort = 'data ports: default lists, reads and writes in stream mode';
const readNames = 'listing: every name that is shown can be asked for and read';
const writeNames = 'writing: every name can be written, and written again';
const folderNames = 'changing: every name can be given to a folder and taken away';
const filesInNames = 'changing: in a folder of every name a file can be written';
const renameNames = 'changing: every name can be renamed to, and renamed away';
const linkToFolder = 'changing: a link to a folder is deleted, and the folder stays';
const linkShown = 'links: a link is shown as one, with the type of what it leads to';
const writeThrough = 'links: a write through a link changes its target';
const setTime = 'attributes: the time of a file can be set';
const mode = 'listing: a file says its mode';
const keptMode = 'writing: a file that is replaced keeps its mode';
const renameOut = 'changing: a rename out of a folder of somebody else is refused as that';

const noCommandForTimes = {
  tests: [setTime],
  instead: /the server cannot do it/,
  why: 'a command that sets times',
};
const noDefaultPort = {
  tests: [defaultPort],
  instead: /No data connection could be opened/,
  why: 'the default data port',
};

const lacks: readonly Lack[] = [
  { server: 'vsftpd', ...noDefaultPort },
  {
    server: 'vsftpd',
    tests: ['attributes: times are told in UTC by a server that stands in New York'],
    instead: /to deeply equal/,
    why: 'times in UTC where `use_localtime` is set: MDTM tells local ones too, so nothing shows the zone',
  },
  {
    server: 'ProFTPD',
    ...noDefaultPort,
    why: 'the right default data port: it dials the one below',
  },
  {
    server: 'ProFTPD',
    tests: [folderNames],
    instead: /not with "\*" "\*\.\[ch\]\?":/,
    why: 'folders with `*` in their names',
  },
  { server: 'Pure-FTPd', ...noDefaultPort },
  {
    server: 'Pure-FTPd',
    tests: [readNames, filesInNames],
    instead: /not with "back\\\\slash" "trailing\\\\":/,
    why: 'files with `\\` in their names',
  },
  {
    server: 'Pure-FTPd',
    tests: [writeNames, folderNames, renameNames],
    instead: /not with "trailing blank " " " " {3}"/,
    why: 'new names with a blank at the end',
  },
  {
    server: 'Pure-FTPd',
    tests: [renameOut],
    instead: /answered: 451/,
    why: 'a permanent refusal of a rename that is not allowed: it says 451',
  },
  {
    server: 'pyftpdlib',
    ...noDefaultPort,
    why: 'the default data port: it says 150 and is silent',
  },
  {
    server: 'pyftpdlib',
    tests: [linkShown, writeThrough],
    instead: /type: 'symlink'|to be 'new'/,
    why: 'links in MLSD: they are shown as what they lead to, and a save takes the place of the link',
  },
  {
    server: 'pyftpdlib',
    tests: [mode, keptMode],
    instead: /0640|to be '750'/,
    why: 'modes in MLSD: a saved file gets a new one',
  },
  { server: 'inetutils-ftpd', ...noCommandForTimes },
  {
    server: 'inetutils-ftpd',
    tests: [linkToFolder],
    instead: /Not a directory/,
    why: 'deletion of links to folders',
  },
  { server: 'linux-ftpd', ...noCommandForTimes },
  {
    server: 'linux-ftpd',
    tests: [linkToFolder],
    instead: /Not a directory/,
    why: 'deletion of links to folders',
  },
  {
    server: 'ftp-srv',
    ...noDefaultPort,
    instead: /No connector setup/,
  },
  { server: 'ftp-srv', ...noCommandForTimes },
  {
    server: 'ftp-srv',
    tests: [readNames, writeNames, folderNames, filesInNames, renameNames],
    instead: /not with "\\"quoted\\"" "a\\"\\"b\\"" "\\"" "back\\\\slash" "trailing\\\\":/,
    why: 'names with `"` or `\\`',
  },
  {
    server: 'ftp-srv',
    tests: ['listing: a folder that the user may not enter is refused as that'],
    instead: /answered: 451 EACCES/,
    why: 'a permanent refusal of a listing that is not allowed: it says 451',
  },
  {
    server: 'ftp-srv',
    tests: [linkShown, writeThrough],
    instead: /type: 'symlink'|to be 'new'/,
    why: 'links in listings: they are shown as what they lead to, and a save takes the place of the link',
  },
  {
    server: 'ftp-srv',
    tests: [linkToFolder],
    instead: /ENOTDIR/,
    why: 'deletion of links to folders',
  },
  {
    server: 'ftp-srv',
    tests: ['listing: the exact time of a change can be asked for'],
    instead: /expected undefined to match/,
    why: 'exact facts of single files: SIZE and MDTM are answered for folders too',
  },
  {
    server: 'ftp-srv',
    tests: ['writing: a file in a folder that takes no new names is written all the same'],
    instead: /answered: 550 EACCES/,
    why: 'a refusal of a new name before the bytes come: no save in folders that take none',
  },
  {
    server: 'ftp-srv',
    tests: ['changing: a folder that is there already is refused as that'],
    instead: /no refusal at all/,
    why: 'a refusal to make a folder that is there',
  },
  {
    server: 'Portside as iis',
    tests: [mode, keptMode, linkShown, writeThrough],
    instead: /0640|to be '750'|type: 'symlink'|it is not a folder|to be 'new'/,
    why: 'modes and links in DOS listings',
  },
  { server: 'Portside as iis', ...noCommandForTimes },
  { server: 'Portside as close-each', ...noCommandForTimes },
];

/** What is expected of one server under one protection. */
export function lacksOf({ name }: RealServer, protection: Protection): readonly Lack[] {
  return lacks.filter(
    ({ server, protections }) =>
      server === name && (protections === undefined || protections.includes(protection)),
  );
}

/** All that is expected of one server. */
export function allLacksOf({ name }: RealServer): readonly Lack[] {
  return lacks.filter(({ server }) => server === name);
}

/** The servers of which something is written down. */
export function pinnedServers(): readonly string[] {
  return [...new Set(lacks.map(({ server }) => server))];
}
