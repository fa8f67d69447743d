import { describe, expect, it } from 'vitest';
import {
  ConnectionError,
  type FtpError,
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
  refusal,
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

describe('the sentence says no more than is known', () => {
  const words: readonly [string, FtpError, string][] = [
    ['a wrong password', login(530), 'the server does not let us in.'],
    ['421 after the password', login(421), 'the server does not let us in now.'],
    ['silence', new FtpTimeoutError('the reply to RETR'), 'did not answer in time.'],
    ['no TLS', new TlsError('notOffered', 'None'), 'no connection to the server that could be'],
    ['no FTP', new ProtocolError('HTTP'), 'what the server said is not what may be said there.'],
    ['a cut', new ConnectionError('control', 'Cut'), 'the connection to the server broke'],
    [
      'a cut of data',
      new ConnectionError('data', 'Cut'),
      'the data connection to the server broke',
    ],
    ['a busy file', replyError('RETR /a', 450), 'the server cannot do it now.'],
    ['a shutdown', replyError('RETR /a', 421), 'the server closes the session.'],
    ['no login', replyError('RETR /a', 530), 'the server wants a login for it.'],
  ];

  it.each(words)('of %s', (_what, error, sentence) => {
    const told = translateFtpError(error, { intent: 'read', path: path('/a'), found: 'file' });
    expect(told.reason).toBe('unavailable');
    expect(told.message).toContain(sentence);
    expect(told.message).not.toContain('not available');
  });

  it('of a file that comes short, or grows', () => {
    const error = new TransferError('3 bytes came of a file that has 5', {
      bytes: 3,
      remedy: 'retry',
    });
    const told = translateFtpError(error, { intent: 'read', path: path('/a') });
    expect(told).toMatchObject({ reason: 'damaged' });
    expect(told.message).toBe(
      'Reading /a failed: its bytes did not arrive whole, or it changes while it is read. ' +
        '3 bytes came of a file that has 5',
    );
  });

  it('of what we refuse ourselves', () => {
    expect(refusal('noPermissions', 'write', path('/a'), 'the site is read-only').message).toBe(
      'Writing /a failed: the site is read-only.',
    );
    expect(refusal('damaged', 'write', path('/a'), '3 of 5 bytes arrived').message).toBe(
      'Writing /a failed: the bytes did not arrive whole: 3 of 5 bytes arrived.',
    );
  });
});

function login(code: number): LoginError {
  return new LoginError('password', replyError('PASS', code).reply);
}
