import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  defaultParameters,
  parameterCommands,
  type TransferParameters,
} from '../../../../src/ftp/grammar/command.ts';

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
