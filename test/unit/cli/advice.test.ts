import { describe, expect, test } from 'vitest';
import { adviceFor, type Attempt } from '../../../src/cli/advice.ts';
import { LoginError, type LoginStep } from '../../../src/ftp/errors.ts';
import { replyClassOf } from '../../../src/ftp/grammar/reply.ts';
import { defaultOptions, type Security } from '../../../src/ftp/options.ts';

function attempt(security: Security, anonymous = false): Attempt {
  return { options: { security, trust: defaultOptions.trust }, anonymous };
}

function refused(step: LoginStep, code: number, text: string): LoginError {
  return new LoginError(step, {
    code,
    replyClass: replyClassOf(code) ?? 'permanentNegative',
    lines: [text],
  });
}

describe('what is said of a refused login is true of it', () => {
  test.each([
    [421, 'Too many connections', 'The server does not let us in now: 421 Too many connections'],
    [450, 'Busy', 'The server does not let us in now: 450 Busy'],
    [530, 'Login incorrect', 'The server refused the login: 530 Login incorrect'],
    [430, 'Invalid', 'The server refused the login: 430 Invalid'],
  ])('%i after the password', (code, text, sentence) => {
    expect(refused('password', code, text).message).toBe(sentence);
  });

  test('before anybody was named', () => {
    const message = refused('greeting', 530, 'Banned').message;
    expect(message).toBe('The server turns us away before the login: 530 Banned');
  });

  test('when an account is asked for', () => {
    expect(refused('account', 332, 'Account?').message).toBe(
      'The server asks for an account: 332 Account?',
    );
  });
});

test.each([421, 425, 450, 451])('%i is no reason to doubt the password', (code) => {
  const advice = adviceFor(refused('password', code, 'No room'), attempt('explicit'));
  expect(advice).toBe('Try again later.');
});

describe('TLS is suggested', () => {
  test.each([
    ['user', 530, 'Non-anonymous sessions must use encryption.'],
    ['user', 550, 'SSL/TLS required on the control channel'],
    ['user', 503, 'Use AUTH first.'],
    ['user', 421, 'Sorry, cleartext sessions are not accepted on this server.'],
    ['password', 534, 'Policy'],
    ['user', 522, 'No'],
  ] as const)('where the server asks for it: at the %s, %i %s', (step, code, text) => {
    expect(adviceFor(refused(step, code, text), attempt('none'))).toContain('ftpes://');
  });

  test.each([
    ['user', 530, 'This FTP server is anonymous only.'],
    ['user', 530, 'User unknown'],
    ['greeting', 500, 'Go away'],
    ['password', 530, 'Authentication failed'],
  ] as const)('and not otherwise: at the %s, %i %s', (step, code, text) => {
    expect(adviceFor(refused(step, code, text), attempt('none'))).not.toContain('ftpes://');
  });

  test('not where there is TLS already', () => {
    const error = refused('user', 530, 'TLS session not reused');
    expect(adviceFor(error, attempt('implicit'))).not.toContain('ftpes://');
  });
});

test.each([
  ['none', 'ftp://USER@HOST'],
  ['explicit', 'ftpes://USER@HOST'],
  ['implicit', 'ftps://USER@HOST'],
] as const)(
  'a user who came without a name is told the form of the address (%s)',
  (security, form) => {
    const error = refused('password', 530, 'No');
    expect(adviceFor(error, attempt(security, true))).toContain(` ${form}.`);
  },
);
