import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Endpoint,
  formatExtendedPort,
  formatHostPort,
  parseExtendedPassive,
  parseExtendedPort,
  parseHostPort,
  plainAddress,
  sameAddress,
} from '../../../../src/ftp/grammar/endpoint.ts';
import { textOf } from './arbitraries.ts';

const port = fc.integer({ min: 1, max: 65_535 });
const fourth = fc.record({ host: fc.ipV4(), port, family: fc.constant(4 as const) });
const sixth = fc.record({
  host: fc.ipV6().filter((host) => !host.includes('.')),
  port,
  family: fc.constant(6 as const),
});

test('what PORT says is what was meant', () => {
  fc.assert(
    fc.property(fourth, (endpoint) => {
      expect(parseHostPort(formatHostPort(endpoint))).toEqual(endpoint);
    }),
  );
});

test('what EPRT says is what was meant, in both families', () => {
  fc.assert(
    fc.property(fc.oneof(fourth, sixth), (endpoint: Endpoint) => {
      expect(parseExtendedPort(formatExtendedPort(endpoint))).toEqual(endpoint);
    }),
  );
});

test('the zone of a link-local address is not said', () => {
  expect(formatExtendedPort({ host: 'fe80::1%eth0', port: 4_000, family: 6 })).toBe(
    '|2|fe80::1|4000|',
  );
});

test('the six numbers of a 227 are found wherever they stand', () => {
  const endpoint = { host: '127.0.0.1', port: 36_069, family: 4 };
  for (const text of [
    'Entering Passive Mode (127,0,0,1,140,229).',
    'Entering Passive Mode (127,0,0,1,140,229)',
    'Entering Passive Mode 127,0,0,1,140,229',
    'Entering Passive Mode. A1=127,0,0,1,140,229',
    '=127,0,0,1,140,229',
    'Server 2 is ready: 127,0,0,1,140,229 it is',
  ]) {
    expect(parseHostPort(text), text).toEqual(endpoint);
  }
});

test('a 227 that names no port is read as none', () => {
  for (const text of [
    '',
    'Entering Passive Mode',
    '(127,0,0,1,140)',
    '(127,0,0,1,140,229,7)',
    '(256,0,0,1,140,229)',
    '(127,0,0,1,256,229)',
    '(127,0,0,1,140,1000)',
    '(127,0,0,1,-1,229)',
    '(127.0.0.1.140.229)',
    '(127,0,0,1,0,0)',
    '(127,0,0,1,,229)',
    '(a,b,c,d,e,f)',
  ]) {
    expect(parseHostPort(text), text).toBeUndefined();
  }
});

test('a foreign address in a 227 is read as it stands: whether to follow it is decided above', () => {
  expect(parseHostPort('(169,254,169,254,0,80)')).toMatchObject({ host: '169.254.169.254' });
});

test('the port of a 229 is found between any delimiter', () => {
  for (const delimiter of ['|', '!', '#', '~', '$', '/', '(', ')', '.']) {
    const [d, text] = [delimiter, `Entering Extended Passive Mode`];
    expect(parseExtendedPassive(`${text} (${d}${d}${d}36069${d})`), d).toBe(36_069);
  }
});

test('a 229 that names no port, or an address, is read as none', () => {
  for (const text of [
    '',
    'Entering Extended Passive Mode',
    '(|||0|)',
    '(|||65536|)',
    '(|||1000000|)',
    '(|||-1|)',
    '(|||x|)',
    '(|||1e3|)',
    '(|||)',
    '(||||)',
    '(|2|::1|21|)',
    '(|1|10.0.0.5|21|)',
    '(|2|::1|x|)',
    '(||#2121|)',
    '(   2121 )',
    '(\x01\x01\x012121\x01)',
    '(üüü2121ü)',
  ]) {
    expect(parseExtendedPassive(text), text).toBeUndefined();
  }
  expect(parseExtendedPassive('(|||65535|)')).toBe(65_535);
});

test('an EPRT argument whose address is not of its family is refused', () => {
  for (const argument of [
    '|1|::1|2121|',
    '|2|127.0.0.1|2121|',
    '|1|127.0.0|2121|',
    '|1|127.0.0.256|2121|',
    '|1|1270.0.1|2121|',
    '|2|12|2121|',
    '|3|127.0.0.1|2121|',
    '|1|127.0.0.1|0|',
    '|1|127.0.0.1|70000|',
    '|1|127.0.0.1|2121',
    '1|127.0.0.1|2121|',
    '|1|localhost|2121|',
    '|1||2121|',
    '',
  ]) {
    expect(parseExtendedPort(argument), argument).toBeUndefined();
  }
  expect(parseExtendedPort('|2|1080::8:800:200C:417A|5282|')).toMatchObject({ port: 5_282 });
  expect(parseExtendedPort('!2!::ffff:192.0.2.1!5282!')).toMatchObject({ family: 6 });
});

test('whatever text comes, an endpoint has a port that can be dialled', () => {
  const text = textOf(
    '(',
    ')',
    '|',
    ',',
    '1',
    '2',
    '255',
    '256',
    '65536',
    '0',
    '::1',
    '10.0.0.1',
    ' ',
  );
  fc.assert(
    fc.property(text, (text) => {
      const ports = [
        parseHostPort(text)?.port,
        parseExtendedPassive(text),
        parseExtendedPort(text)?.port,
      ];
      for (const port of ports) {
        expect(port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)).toBe(
          true,
        );
      }
    }),
    { numRuns: 2_000 },
  );
});

test('one host is one host under its mapped name too', () => {
  expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(plainAddress('::FFFF:192.0.2.1')).toBe('192.0.2.1');
  expect(plainAddress('::1')).toBe('::1');
  expect(sameAddress('::ffff:192.0.2.1', '192.0.2.1')).toBe(true);
  expect(sameAddress('FE80::1', 'fe80::1')).toBe(true);
  expect(sameAddress('192.0.2.1', '192.0.2.2')).toBe(false);
});
