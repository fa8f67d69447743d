import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFactsLine } from '../../../../src/ftp/grammar/facts.ts';
import { anyLetter, textOf } from './arbitraries.ts';

test('all facts of a file are read', () => {
  const line =
    'modify=20261122162305;perm=ADFRW;size=340;type=file;unique=801U1F;UNIX.mode=0644;UNIX.owner=1; t_small.bin';
  expect(parseFactsLine(line)).toEqual({
    name: 't_small.bin',
    type: 'file',
    size: 340,
    modified: new Date('2026-11-22T16:23:05Z'),
    precision: 'second',
    mode: '0644',
    permissions: 'adfrw',
    unique: '801U1F',
  });
});

test('names and values of facts are read without regard to case, but for a unique one', () => {
  expect(parseFactsLine('TYPE=DIR;Unique=Ab; x')).toMatchObject({
    type: 'directory',
    unique: 'Ab',
  });
});

test('the first space ends the facts; blanks, ";" and "=" after it belong to the name', () => {
  expect(parseFactsLine('type=file;  a; b=c.txt ')).toMatchObject({ name: ' a; b=c.txt ' });
  expect(parseFactsLine('type=file; size=3; x')).toMatchObject({
    name: 'size=3; x',
    size: undefined,
  });
});

test('the value of a fact begins at its first "="', () => {
  expect(parseFactsLine('type=OS.unix=slink:/srv/a=b; x')).toMatchObject({
    type: 'symlink',
    target: '/srv/a=b',
  });
});

test('a link is a link, whether its target is told or not', () => {
  expect(parseFactsLine('type=OS.unix=symlink; x')).toMatchObject({ type: 'symlink' });
  expect(parseFactsLine('type=OS.unix=symlink; x')).not.toHaveProperty('target');
  expect(parseFactsLine('type=OS.unix=slink:; x')).not.toHaveProperty('target');
});

test('the folder itself and its parent are told apart from its entries, whatever they are called', () => {
  expect(parseFactsLine('type=cdir;perm=el; /srv/www')).toBe('listedFolder');
  expect(parseFactsLine('Type=CDIR; ../../etc')).toBe('listedFolder');
  expect(parseFactsLine('type=pdir; /')).toBe('parentFolder');
});

test('numbers and times that are none are unknown', () => {
  const line = 'type=file;size=abc;modify=99999999999999;unix.mode=rwx; x';
  expect(parseFactsLine(line)).toEqual({
    name: 'x',
    type: 'file',
    size: undefined,
    modified: undefined,
    precision: 'none',
  });
  expect(parseFactsLine('type=file;size=-1; x')).toMatchObject({ size: undefined });
  expect(parseFactsLine('type=file;size=18446744073709551615; x')).toMatchObject({
    size: undefined,
  });
});

test('a fact that is told twice in two ways is unknown', () => {
  expect(parseFactsLine('type=file;size=1;size=2; x')).toMatchObject({ size: undefined });
  expect(parseFactsLine('type=file;size=1;SIZE=1; x')).toMatchObject({ size: 1 });
});

test('a line without facts has a name only', () => {
  expect(parseFactsLine(' x')).toMatchObject({ name: 'x', type: 'other', size: undefined });
});

test('what has no facts before its first space is no such line', () => {
  for (const line of [
    '',
    'x',
    'DATA.DIR; 1',
    'total 5',
    'size=1;x',
    'size=1 x',
    'size=1;\tx',
    'type=file;',
  ]) {
    expect(parseFactsLine(line), line).toBeUndefined();
  }
});

test('what servers write beside the standard is read where a type shows that it is facts', () => {
  const name = 'a b; c=d e';
  for (const separator of [';\t', ';', ' ']) {
    const line = `size=1;type=file${separator}${name}`;
    expect(parseFactsLine(line), line).toMatchObject({ name, type: 'file', size: 1 });
  }
  expect(parseFactsLine('type=OS.unix=slink:/a b;size=1; x y')).toMatchObject({
    name: 'x y',
    target: '/a b',
    size: 1,
  });
  expect(parseFactsLine('type=strange;x')).toBeUndefined();
});

const mode = (text: string): unknown => parseFactsLine(`type=file;UNIX.mode=${text}; x`);

test('mode bits are four octal digits', () => {
  expect(mode('755')).toMatchObject({ mode: '0755' });
  expect(mode('01755')).toMatchObject({ mode: '1755' });
  expect(mode('00')).toMatchObject({ mode: '0000' });
  expect(mode('0100644')).not.toHaveProperty('mode');
  expect(mode('0888')).not.toHaveProperty('mode');
});

test('any name is read as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyLetter, maxLength: 20 }), (name) => {
      expect(parseFactsLine(`type=file;size=1; ${name}`)).toMatchObject({ name, size: 1 });
    }),
  );
});

test('whatever line comes, its numbers and times are sound', () => {
  const text = textOf(
    'type=',
    'file',
    'dir',
    'size=',
    'modify=',
    '20261122162305',
    '9',
    ';',
    ' ',
    '=',
  );
  fc.assert(
    fc.property(text, (line) => {
      const parsed = parseFactsLine(line);
      if (parsed === undefined || typeof parsed === 'string') return;
      expect(parsed.size === undefined || Number.isSafeInteger(parsed.size)).toBe(true);
      expect(Number.isFinite(parsed.modified?.getTime() ?? 0)).toBe(true);
      // Where the space is missing, the name follows the last fact's end.
      const before = line.slice(0, line.length - parsed.name.length).at(-1);
      expect([line.endsWith(parsed.name), ' \t;'.includes(before ?? '?')]).toEqual([true, true]);
    }),
    { numRuns: 5_000 },
  );
});
