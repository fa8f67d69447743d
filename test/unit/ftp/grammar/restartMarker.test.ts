import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMarkReply } from '../../../../src/ftp/grammar/restartMarker.ts';
import { textOf } from './arbitraries.ts';

test('a 110 names the sender’s marker and the receiver’s', () => {
  for (const text of [
    'MARK 4711 = 815',
    'MARK  4711=815',
    'mark 4711  =  815 ',
    'MARK 4711 =815',
  ]) {
    expect(parseMarkReply(text), text).toEqual({ sender: '4711', receiver: '815' });
  }
});

test('a marker is any printable text', () => {
  expect(parseMarkReply('MARK t/big@4096 = #x-1')).toEqual({
    sender: 't/big@4096',
    receiver: '#x-1',
  });
});

test('a 110 without both markers names none', () => {
  for (const text of [
    '',
    'MARK',
    'MARK 1',
    'MARK 1 =',
    'MARK = 2',
    'Restart marker',
    'MARKED 1 = 2',
  ]) {
    expect(parseMarkReply(text), text).toBeUndefined();
  }
});

test('whatever text comes, a marker has neither blanks nor control characters', () => {
  fc.assert(
    fc.property(textOf('MARK', ' ', '=', '1', 'x', '\t'), (text) => {
      const mark = parseMarkReply(text);
      if (mark) expect(`${mark.sender}${mark.receiver}`).toMatch(/^[!-~]{2,}$/);
    }),
    { numRuns: 1_000 },
  );
});
