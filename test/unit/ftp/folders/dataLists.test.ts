import { describe, expect, test } from 'vitest';
import { saidShort, saysEmpty } from '../../../../src/ftp/folders/dataLists.ts';
import type { Reply } from '../../../../src/ftp/grammar/reply.ts';

function reply(code: number, ...lines: readonly string[]): Reply {
  const replyClass =
    code < 400 ? 'completion' : code < 500 ? 'transientNegative' : 'permanentNegative';
  return { code, replyClass, lines };
}

describe('a confirmed listing', () => {
  test.each([
    // vsftpd
    ['Transfer done (but failed to open directory).'],
    // Pure-FTPd
    ['Output truncated to 2000 matches'],
    ['Options: -a -l ', 'Output truncated to 10000 matches'],
    // ProFTPD, IIS, gateways
    ['Transfer incomplete'],
    ['Transfer complete, with 3 errors'],
    ['Listing is partial: limit reached'],
    ['Could not read all entries'],
    ['Permission denied for some entries'],
    ["Can't open directory"],
  ])('is said to be short by %j', (...lines) => {
    expect(saidShort(reply(226, ...lines))).toContain('the server said "');
  });

  test.each([
    // vsftpd
    ['Directory send OK.'],
    ['Transfer complete.'],
    // ProFTPD
    ['Transfer complete'],
    // Pure-FTPd
    ['Options: -a -l ', '12 matches total'],
    ['0 matches total'],
    // pyftpdlib, inetutils, linux-ftpd, ftp-srv
    ['Transfer complete.'],
    ["Since you see this ABOR must've succeeded"],
    ['Transfer OK'],
    // IIS, FileZilla Server, z/OS, IBM i, Serv-U, Titan
    ['Operation successful'],
    ['Successfully transferred "/"'],
    ['Closing data connection. Requested file action successful.'],
    ['List completed successfully.'],
    ['List transfer completed'],
    ['Transfer complete. 1,204 bytes transferred. 1.20 KB/sec.'],
    ['Transfer complete, no errors'],
    ['Done, 0 errors, 14 files'],
    ['Completed without error'],
    ['Done', 'and left open'],
  ])('is not said to be short by %j', (...lines) => {
    expect(saidShort(reply(226, ...lines))).toBeUndefined();
  });
});

describe('a refused listing', () => {
  test.each([
    [550, 'No files found'],
    [550, 'No files found.'],
    [450, 'No files found'],
    [550, 'No members found.'],
    [550, 'No data sets found.'],
    [550, 'Directory is empty'],
    [450, 'No such files in directory: no entries'],
    [550, 'File not found'],
  ])('is of an empty folder: %i %s', (code, text) => {
    expect(saysEmpty(reply(code, text))).toBe(true);
  });

  test.each([
    [550, 'Permission denied'],
    [550, 'Access is denied.'],
    [550, 'No permission to list files'],
    [451, 'No files found'],
    [501, 'No files found'],
    [550, 'Failed to open directory'],
  ])('is none: %i %s', (code, text) => {
    expect(saysEmpty(reply(code, text))).toBe(false);
  });
});
