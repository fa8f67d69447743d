import { assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionError, FtpError, TlsError } from '../../../../src/ftp/errors.ts';
import {
  certificateProblem,
  certificateProblemWords,
  handshakeFailure,
  lateHandshakeFailure,
} from '../../../../src/ftp/net/tlsFailure.ts';

const failure = (code: string): Error => Object.assign(new Error('4007:error:...'), { code });

const problemOf = (code: string): unknown => {
  const error = handshakeFailure(failure(code), 'control', 'TLSv1.2');
  expect(error).toBeInstanceOf(TlsError);
  return error instanceof TlsError ? error.problem : undefined;
};

describe('what a handshake failed of is told by the name that its library has for it', () => {
  test.each([
    // OpenSSL 3, as Node has it.
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'version'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'version'],
    ['ERR_SSL_NO_PROTOCOLS_AVAILABLE', 'version'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'clientCertificateRequired'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'clientCertificateRefused'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'clientCertificateRefused'],
    ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'clientCertificateRefused'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'notTls'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'notTls'],
    ['ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', 'cipher'],
    ['ERR_SSL_DH_KEY_TOO_SMALL', 'cipher'],
    ['ERR_SSL_NO_CIPHERS_AVAILABLE', 'cipher'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', undefined],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', undefined],
    // BoringSSL, as VS Code's Electron has it.
    ['ERR_SSL_TLSV1_CERTIFICATE_REQUIRED', 'clientCertificateRequired'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'clientCertificateRefused'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', undefined],
    ['ERR_SSL_HTTP_REQUEST', 'notTls'],
    ['ERR_SSL_INVALID_OUTER_RECORD_TYPE', 'notTls'],
  ])('%s: %s', (code, problem) => {
    expect(problemOf(code)).toBe(problem);
  });

  test('and a server that knows no FTP is another server', () => {
    const code = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';
    const error = handshakeFailure(failure(code), 'control', 'TLSv1.2');
    expect(error).toMatchObject({ reason: 'otherServer' });
  });

  test('and a connection that breaks is a broken connection', () => {
    const error = handshakeFailure(failure('ECONNRESET'), 'data', 'TLSv1.2');
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ on: 'data', remedy: 'reconnect' });
  });

  test('and the oldest version that is accepted stands in the sentence', () => {
    const code = 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION';
    const error = handshakeFailure(failure(code), 'control', 'TLSv1.3');
    expect(error.message).toContain('(TLS 1.3 or newer)');
  });
});

test('only a word about our certificate is a failed handshake after its end', () => {
  const late = lateHandshakeFailure(failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'));
  expect(late).toMatchObject({ reason: 'handshake', problem: 'clientCertificateRequired' });
  expect(lateHandshakeFailure(failure('ERR_SSL_WRONG_VERSION_NUMBER'))).toBeUndefined();
  expect(lateHandshakeFailure(failure('ECONNRESET'))).toBeUndefined();
});

test('whatever error comes, it has a sentence', () => {
  const starts = constantFrom('', 'constructor', '__proto__', 'ERR_SSL_', 'ERR_TLS_', 'E', 'CERT_');
  assert(
    property(starts, string(), (start, rest) => {
      const error = failure(start + rest);
      expect(handshakeFailure(error, 'control', 'TLSv1.2')).toBeInstanceOf(FtpError);
      expect(handshakeFailure(start + rest, 'control', 'TLSv1.2').message).not.toBe('');
      expect(certificateProblemWords(start + rest)).toEqual(expect.any(String));
      expect(certificateProblem(start + rest)).toEqual(expect.any(String));
    }),
  );
});
