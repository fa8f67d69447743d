import { describe, expect, it } from 'vitest';
import {
  ConnectionError,
  FtpTimeoutError,
  LoginError,
  ProtocolError,
  TlsError,
  TransferError,
} from '../../../src/ftp/errors.ts';
import {
  type Found,
  type Intent,
  needsALook,
  translateFtpError,
} from '../../../src/session/errorTranslation.ts';
import type { RemoteFileReason } from '../../../src/session/remoteFileError.ts';
import { replyError } from './fakeConnection.ts';
import { path } from './fakeSession.ts';

const rows: readonly [Intent, number, Found, RemoteFileReason][] = [
  ['read', 550, 'absent', 'notFound'],
  ['read', 450, 'absent', 'notFound'],
  ['read', 450, 'file', 'unavailable'],
  ['read', 550, 'directory', 'isADirectory'],
  ['read', 550, 'file', 'noPermissions'],
  ['read', 550, undefined, 'noPermissions'],
  ['list', 550, 'absent', 'notFound'],
  ['list', 550, 'file', 'notADirectory'],
  ['list', 550, 'directory', 'noPermissions'],
  ['write', 550, 'absent', 'noPermissions'],
  ['write', 550, 'noFolder', 'notFound'],
  ['write', 552, 'file', 'noSpace'],
  ['write', 452, 'file', 'noSpace'],
  ['write', 553, 'absent', 'noPermissions'],
  ['createDirectory', 553, 'absent', 'invalidName'],
  ['write', 553, 'file', 'noPermissions'],
  ['write', 532, 'file', 'noPermissions'],
  ['write', 530, 'file', 'unavailable'],
  ['write', 502, 'file', 'unsupported'],
  ['write', 501, 'absent', 'invalidName'],
  ['createDirectory', 550, 'directory', 'exists'],
  ['createDirectory', 521, 'directory', 'exists'],
  ['createDirectory', 550, 'absent', 'noPermissions'],
  ['createDirectory', 550, 'noFolder', 'notFound'],
  ['deleteDirectory', 550, 'occupied', 'notEmpty'],
  ['deleteDirectory', 550, 'directory', 'noPermissions'],
  ['deleteFile', 550, 'absent', 'notFound'],
  ['deleteFile', 550, 'directory', 'isADirectory'],
  ['rename', 550, 'absent', 'notFound'],
];

describe('a reply in the words of a file system', () => {
  it.each(rows)('means of %s answered %i with %s there: %s', (intent, code, found, reason) => {
    const error = replyError('RETR /a', code);
    const told = translateFtpError(error, { intent, path: path('/a'), found });
    expect(told).toMatchObject({ reason, path: '/a', cause: error });
    expect(told.message).toMatch(/ \/a failed: .*\d{3} so says the test/);
  });

  it('is not read by its text', () => {
    expect(needsALook(replyError('RETR /a', 550))).toBe(true);
    expect(needsALook(replyError('STOR /a', 552))).toBe(false);
    expect(needsALook(new ConnectionError('data', '550 No such file'))).toBe(false);
  });

  it.each([
    new ConnectionError('control', 'lost'),
    new FtpTimeoutError('a reply'),
    new TlsError('untrusted', 'who?'),
    new LoginError('password', replyError('PASS', 530).reply),
    new ProtocolError('not FTP'),
  ])('is unavailable for %s', (error) => {
    const told = translateFtpError(error, { intent: 'read', path: path('/a') });
    expect(told).toMatchObject({ reason: 'unavailable', cause: error });
  });

  it('is told by the cause of a transfer that broke off', () => {
    const cause = replyError('STOR /a', 552);
    const error = new TransferError('broken off', { bytes: 9, remedy: 'none', cause });
    const told = translateFtpError(error, { intent: 'write', path: path('/a') });
    expect(told.reason).toBe('noSpace');
  });
});
