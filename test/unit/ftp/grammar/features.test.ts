import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { noFeatures, parseFeatures } from '../../../../src/ftp/grammar/features.ts';
import { textOf } from './arbitraries.ts';
import { processorTime } from '../../../support/processorTime.ts';

// The reply of a server that begins no line with a space and puts an empty one among them.
const serverA = `Extensions supported:
MODE Z
MDTM
MLSD Size*;Modify*;Type*;Perm*;UNIX.mode;
MLST Size*;Modify*;Type*;Perm*;UNIX.mode;
SIZE
XCUP
XCWD
XMKD
XPWD
XRMD
PASV
ALLO
EPRT
EPSV
XCRC  "filename"
XMD5  "filename"
XSHA1  "filename"
XDIGEST Digest_algo_among(CRC32,ADLER32,MD5,MD2,SHA-1,SHA-256,SHA-384,SHA-512)  "filename"
SITE XCRC
SITE XMD5
SITE XSHA1
SITE XDIGEST Digest_algo_among(CRC32,ADLER32,MD5,MD2,SHA-1,SHA-256,SHA-384,SHA-512)
LAN EN*
REST STREAM

AUTH TLS
AUTH SSL
CCC
PROT P
PROT C
End`.split('\n');

test('the features of server a are read', () => {
  const features = parseFeatures(serverA);
  expect(features.get('MODE')).toBe('Z');
  expect(features.get('MLST')).toBe('Size*;Modify*;Type*;Perm*;UNIX.mode;');
  expect(features.get('MDTM')).toBe('');
  expect(features.get('XCRC')).toBe('"filename"');
  expect(features.get('AUTH')).toBe('TLS;SSL');
  expect(features.get('PROT')).toBe('P;C');
  expect(features.get('REST')).toBe('STREAM');
  expect(features.has('EPSV')).toBe(true);
  expect(['Extensions', 'End', 'UTF8', ''].map((name) => features.has(name))).toEqual(
    Array(4).fill(false),
  );
});

test('the features of server b, which repeats the code, are read', () => {
  // The reply parser has taken the code off.
  const lines = ['Features:', 'MDTM', 'REST STREAM', 'SIZE', 'UTF8', 'CLNT', 'PASV', 'AUTH SSL'];
  const features = parseFeatures([...lines, 'AUTH TLS', 'MODE Z', 'End']);
  expect(features.get('AUTH')).toBe('SSL;TLS');
  expect(['MDTM', 'SIZE', 'UTF8', 'EPSV'].map((name) => features.has(name))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('the features of a server that obeys RFC 2389 are read', () => {
  const features = parseFeatures(['Extensions supported:', ' mlst size*;create;', ' Utf8', 'END']);
  expect(features.get('MLST')).toBe('size*;create;');
  expect(features.has('UTF8')).toBe(true);
});

test('a server without features has none', () => {
  expect(parseFeatures(['no-features']).has('no-features')).toBe(false);
  expect(noFeatures.has('SIZE')).toBe(false);
  expect(noFeatures.get('SIZE')).toBeUndefined();
});

test('a feature that is named twice without parameters has none', () => {
  expect(
    parseFeatures(['', ' TVFS', ' TVFS', ' REST', ' REST STREAM', ' REST', '']).get('REST'),
  ).toBe('STREAM');
});

test('a long line of blanks is read in no time', () => {
  const line = `X${' '.repeat(60_000)}a${' '.repeat(60_000)}\r\u2028 b`;
  expect(processorTime(() => parseFeatures(['', line, line, line, '']))).toBeLessThan(200);
});

test('whatever lines come, names and parameters are trimmed text', () => {
  const lines = fc.array(textOf(' ', 'AUTH', 'TLS', ';', '\r', '\t'), { maxLength: 8 });
  fc.assert(
    fc.property(lines, (lines) => {
      const features = parseFeatures(['', ...lines, '']);
      for (const line of lines) {
        const [name = ''] = line.trim().split(' ');
        const parameters = features.get(name.toUpperCase());
        expect(parameters === undefined || parameters === parameters.trim()).toBe(true);
      }
    }),
  );
});
