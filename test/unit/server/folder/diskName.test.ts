import { expect, test } from 'vitest';
import { isDiskName } from '../../../../src/server/folder/diskFolder.ts';

const devices = ['CON', 'con', 'Nul.txt', 'aux .x', 'PRN', 'COM1', 'lpt9.tar.gz', 'COM²', 'CONIN$'];
const elsewhere = [
  'a:b',
  'C:',
  'a\\b',
  'x.',
  'x ',
  'what?',
  'a*',
  'a|b',
  '"a"',
  '<a',
  'a>',
  'a\tb',
];
const plain = ['a', 'CONTENT', 'COM', 'COM10', 'nul-l', '.con', 'a.b', ' x', 'ä', '..a'];

test('Windows has devices and other places among its names, and they are refused there', () => {
  expect([...devices, ...elsewhere].filter((name) => isDiskName(name, 'win32'))).toEqual([]);
  expect(plain.filter((name) => !isDiskName(name, 'win32'))).toEqual([]);
});

test.each<NodeJS.Platform>(['linux', 'darwin', 'freebsd'])(
  'on %s all of them are names',
  (system) => {
    const names = [...devices, ...elsewhere, ...plain];
    expect(names.filter((name) => !isDiskName(name, system))).toEqual([]);
  },
);
