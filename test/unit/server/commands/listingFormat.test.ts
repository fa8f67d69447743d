import { describe, expect, test } from 'vitest';
import { dosLine, factsLine, unixLine } from '../../../../src/server/commands/listingFormat.ts';
import { defaultFacts } from '../../../../src/server/commands/listingFormat.ts';
import type { ServedEntry } from '../../../../src/server/folder/servedFolder.ts';

const file: ServedEntry = {
  name: 'a file',
  type: 'file',
  size: 1_234,
  modified: new Date('2026-11-22T00:05:09Z'),
  modifiedNs: 0n,
  mode: 0o644,
  unique: '1g2',
  writable: true,
  removable: true,
};
const folder: ServedEntry = { ...file, name: 'd', type: 'directory', size: 4_096, mode: 0o1777 };
const link: ServedEntry = { ...file, name: 'l', type: 'symlink', mode: 0o777, target: '../x' };
const now = Date.UTC(2026, 10, 22, 12);

describe('a line of ls -l', () => {
  test.each([
    [file, '-rw-r--r--   1 ftp      ftp              1234 Nov 22 00:05 a file'],
    [folder, 'drwxrwxrwt   1 ftp      ftp              4096 Nov 22 00:05 d'],
    [link, 'lrwxrwxrwx   1 ftp      ftp              1234 Nov 22 00:05 l -> ../x'],
    [
      { ...file, mode: 0o6700 },
      '-rws--S---   1 ftp      ftp              1234 Nov 22 00:05 a file',
    ],
    [
      { ...file, modified: new Date('2025-01-02T03:04:05Z') },
      '-rw-r--r--   1 ftp      ftp              1234 Jan  2  2025 a file',
    ],
    [
      { ...file, modified: new Date('2027-01-02T03:04:05Z') },
      '-rw-r--r--   1 ftp      ftp              1234 Jan  2  2027 a file',
    ],
  ])('%#', (entry, line) => {
    expect(unixLine(entry, now)).toBe(line);
  });
});

describe('a line of IIS', () => {
  test.each([
    [file, '11-22-26  12:05AM                 1234 a file'],
    [folder, '11-22-26  12:05AM       <DIR>          d'],
    [
      { ...file, modified: new Date('2026-01-02T12:00:00Z') },
      '01-02-26  12:00PM                 1234 a file',
    ],
  ])('%#', (entry, line) => {
    expect(dosLine(entry)).toBe(line);
  });
});

describe('a line of MLSD', () => {
  test.each([
    [
      file,
      false,
      'type=file;size=1234;modify=20261122000509;perm=awdfr;unique=1g2;UNIX.mode=0644; a file',
    ],
    [
      file,
      true,
      'type=file;size=1234;modify=20261122000509;perm=r;unique=1g2;UNIX.mode=0644; a file',
    ],
    [folder, false, 'type=dir;modify=20261122000509;perm=cmpdfel;unique=1g2;UNIX.mode=01777; d'],
    [folder, true, 'type=dir;modify=20261122000509;perm=el;unique=1g2;UNIX.mode=01777; d'],
    [
      { ...link, removable: false },
      false,
      'type=OS.unix=slink:../x;modify=20261122000509;perm=awr;unique=1g2;UNIX.mode=0777; l',
    ],
    [
      { ...link, target: 'a;b' },
      false,
      'type=OS.unix=symlink;modify=20261122000509;perm=awdfr;unique=1g2;UNIX.mode=0777; l',
    ],
  ])('%#', (entry, readOnly, line) => {
    expect(factsLine(entry, entry.name, defaultFacts, readOnly)).toBe(line);
  });
});
