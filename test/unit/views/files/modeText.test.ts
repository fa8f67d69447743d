import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { modeLetters, modeParts, readMode } from '../../../../src/views/files/modeText.ts';

test.each([
  ['644', 'rw-r--r--'],
  ['755', 'rwxr-xr-x'],
  ['000', '---------'],
  ['4755', 'rwsr-xr-x'],
  ['2755', 'rwxr-sr-x'],
  ['1777', 'rwxrwxrwt'],
  ['7644', 'rwSr-Sr-T'],
])('%s is %s', (mode, letters) => {
  expect(modeLetters(mode)).toBe(letters);
});

test('every mode without special bits is read from its digits and from its letters alike', () => {
  for (let bits = 0; bits < 0o1000; bits++) {
    const digits = bits.toString(8).padStart(3, '0');
    expect(readMode(digits)).toBe(digits);
    expect(readMode(`0${digits}`)).toBe(digits);
    expect(readMode(` ${modeLetters(digits)} `)).toBe(digits);
  }
});

test('special bits are kept', () => {
  expect(readMode('2755')).toBe('2755');
  expect(modeParts('6755').special).toEqual(['setuid', 'setgid']);
  expect(modeParts('1777').special).toEqual(['sticky']);
  expect(modeParts('640')).toEqual({ owner: ['r', 'w'], group: ['r'], others: [], special: [] });
});

test('anything else is no mode', () => {
  for (const text of ['', '64', '888', '00644', 'u+x', 'rwxrwxrwt', '-rw-r--r--', '6 4 4']) {
    expect(readMode(text), text).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readMode(text) ?? '644').toMatch(/^[1-7]?[0-7]{3}$/);
    }),
  );
});
