import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../../../src/base/clock.ts';
import {
  ConnectionError,
  FtpTimeoutError,
  ProtocolError,
  toFtpError,
} from '../../../src/ftp/errors.ts';
import { GrammarError } from '../../../src/ftp/grammar/grammarError.ts';

const broke = (message: string): ConnectionError => new ConnectionError('data', message);

describe('what was thrown, in the words of the engine', () => {
  test('stays what it is where it is one of its errors', () => {
    const error = new ProtocolError('out of step');
    expect(toFtpError(error, broke)).toBe(error);
  });

  test('has a class of its own where it is no FTP, or came too late', () => {
    const garbled = new GrammarError('no reply');
    expect(toFtpError(garbled, broke)).toMatchObject({ kind: 'protocol', cause: garbled });
    const late = new TimeoutError('the greeting', 10);
    const error = toFtpError(late, broke);
    expect(error).toBeInstanceOf(FtpTimeoutError);
    expect(error).toMatchObject({ waitingFor: 'the greeting', cause: late });
  });

  test('is otherwise what the caller makes of its message, or nothing', () => {
    expect(toFtpError(new Error('reset'), broke).message).toBe('reset');
    expect(toFtpError('reset', broke).message).toBe('reset');
    expect(toFtpError(new Error('no such file'), () => undefined)).toBeUndefined();
  });
});
