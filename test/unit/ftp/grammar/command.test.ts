import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { latin1, utf8 } from '../../../../src/ftp/grammar/charset/charset.ts';
import {
  commandLine,
  defaultParameters,
  encodeCommand,
  parameterCommands,
  parseCommandLine,
  redactedLine,
  type TransferParameters,
} from '../../../../src/ftp/grammar/command.ts';
import { GrammarError } from '../../../../src/ftp/grammar/grammarError.ts';
import { TelnetFilter } from '../../../../src/ftp/grammar/telnet.ts';
import { anyLetter } from './arbitraries.ts';

// prettier-ignore
const verbs = [
  'USER', 'PASS', 'ACCT', 'CWD', 'RETR', 'STOR', 'APPE', 'DELE', 'RNFR', 'RNTO', 'MKD', 'RMD', 'LIST',
  'MLSD', 'MLST', 'STAT', 'SIZE', 'MDTM', 'MFMT', 'SITE', 'HASH', 'HOST', 'OPTS', 'REST', 'AUTH',
];
const verb = fc.constantFrom(...verbs);
const harmless = fc
  .string({ unit: anyLetter, maxLength: 20 })
  .filter((text) => !/[\r\n\0]/.test(text));
// Private letters stand for single bytes: two of them may meet as one letter.
const wellFormed = harmless.filter((text) => !/[\uEF80-\uEFFF]/.test(text));

test('one space stands before the argument, and further ones belong to it', () => {
  expect(commandLine({ verb: 'NOOP' })).toBe('NOOP');
  expect(commandLine({ verb: 'RETR', argument: '  a ' })).toBe('RETR   a ');
  expect(commandLine({ verb: 'PASS', argument: '' })).toBe('PASS ');
});

test('CR, LF and NUL are refused in the argument of every verb, wherever they stand', () => {
  fc.assert(
    fc.property(
      verb,
      harmless,
      fc.constantFrom('\r\n', '\r', '\n', '\0', '\r\0'),
      harmless,
      (verb, before, end, after) => {
        const command = { verb, argument: `${before}${end}${after}` };
        expect(() => commandLine(command)).toThrow(GrammarError);
        expect(() => encodeCommand(command, utf8)).toThrow(GrammarError);
        expect(() => encodeCommand(command, latin1)).toThrow(GrammarError);
      },
    ),
    { numRuns: 500 },
  );
});

test('CR, LF and NUL are refused in a verb', () => {
  for (const verb of ['NOOP\r\nDELE x', 'NO\0OP', 'NOOP\n']) {
    expect(() => commandLine({ verb })).toThrow(GrammarError);
  }
});

test('no letter turns into a line end or a NUL as it becomes bytes', () => {
  // In Latin-1, cutting a letter to its low byte would make LF of U+010A, CR of U+010D, NUL of U+0100.
  for (const letter of ['\u010A', '\u010D', '\u0100', '\u560A']) {
    expect(() => encodeCommand({ verb: 'RETR', argument: `a${letter}DELE b` }, latin1)).toThrow(
      GrammarError,
    );
  }
});

test('whatever is sent is one line', () => {
  fc.assert(
    fc.property(verb, fc.string({ unit: anyLetter, maxLength: 20 }), (verb, argument) => {
      for (const charset of [utf8, latin1]) {
        let bytes: Uint8Array;
        try {
          bytes = encodeCommand({ verb, argument }, charset);
        } catch (error) {
          expect(error).toBeInstanceOf(GrammarError);
          continue;
        }
        expect(bytes.indexOf(0x0d)).toBe(bytes.length - 2);
        expect(bytes.indexOf(0x0a)).toBe(bytes.length - 1);
        expect(bytes.includes(0)).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});

test('a letter of byte 255 is sent as two', () => {
  const bytes = encodeCommand({ verb: 'RETR', argument: 'ÿ' }, latin1);
  expect([...bytes]).toEqual([...Buffer.from('RETR '), 255, 255, 13, 10]);
});

test('a byte 255 is sent once where the connection or the command says so', () => {
  const command = { verb: 'RETR', argument: 'ÿ' };
  const once = [...Buffer.from('RETR '), 255, 13, 10];
  expect([...encodeCommand(command, latin1, 'once')]).toEqual(once);
  expect([...encodeCommand({ ...command, iac: 'once' }, latin1, 'twice')]).toEqual(once);
});

test('a server reads the command that was written', () => {
  fc.assert(
    fc.property(verb, fc.option(wellFormed, { nil: undefined }), (verb, argument) => {
      const command = argument === undefined ? { verb } : { verb, argument };
      const bytes = new TelnetFilter().push(encodeCommand(command, utf8));
      expect(parseCommandLine(utf8.decode(bytes.subarray(0, -2)))).toEqual(command);
    }),
    { numRuns: 500 },
  );
});

test('a verb is read without regard to case, and what begins with none is no command', () => {
  expect(parseCommandLine('retr  x')).toEqual({ verb: 'RETR', argument: ' x' });
  for (const line of ['', ' NOOP', '123', 'NOOP\tx', 'ABCDEFGHI x', '\xffNOOP']) {
    expect(parseCommandLine(line), line).toBeUndefined();
  }
});

test('the refusal of a secret does not tell it', () => {
  expect(() => commandLine({ verb: 'PASS', argument: 'hunter2\r\n' })).toThrow(/^PASS cannot/);
  expect(() => encodeCommand({ verb: 'PASS', argument: 'hunter2€' }, latin1)).toThrow(
    /^(?!.*hunter2)/,
  );
});

test('the arguments of PASS, ACCT and ADAT are in no log line', () => {
  for (const verb of ['PASS', 'ACCT', 'ADAT']) {
    expect(redactedLine({ verb, argument: 'secret' })).toBe(`${verb} ****`);
    expect(redactedLine({ verb })).toBe(verb);
  }
  expect(redactedLine({ verb: 'USER', argument: 'anna' })).toBe('USER anna');
});

const parameters: fc.Arbitrary<TransferParameters> = fc.record({
  type: fc.constantFrom('A', 'I'),
  mode: fc.constantFrom('S', 'B'),
  protection: fc.constantFrom('C', 'P'),
});

test('a new connection is led to private block mode by three commands, PROT first', () => {
  expect(parameterCommands(defaultParameters, { type: 'I', mode: 'B', protection: 'P' })).toEqual([
    { verb: 'PROT', argument: 'P' },
    { verb: 'TYPE', argument: 'I' },
    { verb: 'MODE', argument: 'B' },
  ]);
});

test('nothing is said that holds already, and nothing that nobody wants', () => {
  expect(parameterCommands(defaultParameters, defaultParameters)).toEqual([]);
  expect(parameterCommands(defaultParameters, {})).toEqual([]);
  expect(parameterCommands(defaultParameters, { mode: 'B' })).toEqual([
    { verb: 'MODE', argument: 'B' },
  ]);
});

test('the commands lead from any parameters to any others', () => {
  const keys = { TYPE: 'type', MODE: 'mode', PROT: 'protection' } as const;
  fc.assert(
    fc.property(parameters, parameters, (from, to) => {
      const reached: Record<string, unknown> = { ...from };
      for (const { verb, argument } of parameterCommands(from, to)) {
        reached[keys[verb as keyof typeof keys]] = argument;
      }
      expect(reached).toEqual(to);
    }),
  );
});
