import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/logger.ts';
import {
  ConnectionError,
  type FtpError,
  FtpTimeoutError,
  LoginError,
  TlsError,
} from '../../../src/ftp/errors.ts';
import { retry, type RetryOptions } from '../../../src/session/connections/retry.ts';
import { FakeClock } from './fakeClock.ts';
import { replyError } from './fakeConnection.ts';

async function attemptsUntilItFails(
  error: Error,
  options: Partial<RetryOptions> = {},
): Promise<number> {
  let attempts = 0;
  const { signal } = new AbortController();
  const attempt = async (): Promise<never> => {
    attempts++;
    throw error;
  };
  const clock = new FakeClock();
  const all = { signal, clock, logger: silentLogger, what: 'a test', ...options };
  await expect(retry(attempt, all)).rejects.toBe(error);
  return attempts;
}

describe('a repetition', () => {
  it.each<[FtpError, number]>([
    [replyError('RETR /a', 451), 3],
    [replyError('RETR /a', 421), 3],
    [new ConnectionError('control', 'lost'), 3],
    [new FtpTimeoutError('a reply'), 3],
    [replyError('RETR /a', 550), 1],
    [new TlsError('untrusted', 'who?'), 1],
    [new LoginError('password', replyError('PASS', 530).reply), 1],
  ])('follows the remedy of %s: %i attempts', async (error, attempts) => {
    expect(await attemptsUntilItFails(error)).toBe(attempts);
  });

  it('is not for errors that are not the server’s', async () => {
    expect(await attemptsUntilItFails(new RangeError('a bug'))).toBe(1);
  });

  it('is not for what could happen twice', async () => {
    const error = new ConnectionError('control', 'lost');
    expect(await attemptsUntilItFails(error, { mayRepeat: () => false })).toBe(1);
  });

  it('is a walk down the ladder while no data connection could be had', async () => {
    expect(await attemptsUntilItFails(new FtpTimeoutError('data', { on: 'data' }))).toBe(6);
  });

  it('is not for a server to which no data path leads', async () => {
    const error = new ConnectionError('data', 'none', { reason: 'noDataPath' });
    expect(await attemptsUntilItFails(error)).toBe(1);
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const attempt = async (): Promise<never> => {
      controller.abort(new Error('no more'));
      throw new ConnectionError('control', 'lost');
    };
    const clock = new FakeClock();
    const { signal } = controller;
    const repeating = retry(attempt, { signal, clock, logger: silentLogger, what: 'a test' });
    await expect(repeating).rejects.toThrow('no more');
  });
});
