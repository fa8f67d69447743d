import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/logger.ts';
import {
  ConnectionError,
  type FtpError,
  FtpTimeoutError,
  LoginError,
  TlsError,
} from '../../../../src/ftp/errors.ts';
import { Attempts } from '../../../../src/session/connections/attempts.ts';
import { type Request, Requests } from '../../../../src/session/connections/requests.ts';
import { SessionPool } from '../../../../src/session/connections/sessionPool.ts';
import { sessionDefaults } from '../../../../src/session/sessionOptions.ts';
import { FakeServer, replyError } from '../fakeConnection.ts';
import { path } from '../fakeSession.ts';

/** Asks a server that is there, by an act that fails. */
async function request(act: () => Promise<never>, more: Partial<Request> = {}): Promise<never> {
  const { clock, connect } = new FakeServer();
  const common = { clock, logger: silentLogger };
  await using pool = new SessionPool({ ...sessionDefaults, ...common, connect });
  const { signal } = new AbortController();
  const requests = new Requests({
    ...common,
    pool,
    timeoutMs: sessionDefaults.operationTimeoutMs,
    ended: signal,
    find: async () => undefined,
  });
  const asked = { intent: 'read', path: path('/a'), lane: 'interactive', signal } as const;
  return await requests.perform({ ...asked, attempts: new Attempts(), ...more }, act);
}

async function attemptsUntilItFails(error: Error, more: Partial<Request> = {}): Promise<number> {
  let attempts = 0;
  const act = async (): Promise<never> => {
    attempts++;
    throw error;
  };
  await expect(request(act, more)).rejects.toBe(error);
  return attempts;
}

describe('the repetition of a request', () => {
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
    const act = async (): Promise<never> => {
      controller.abort(new Error('no more'));
      throw new ConnectionError('control', 'lost');
    };
    await expect(request(act, { signal: controller.signal })).rejects.toThrow('no more');
  });
});
