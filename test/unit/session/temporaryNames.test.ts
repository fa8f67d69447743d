import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEntryName, joinPath, nameOf, parentOf } from '../../../src/base/paths.ts';
import {
  isTemporaryName,
  temporaryNameOf,
  readTemporaryName,
} from '../../../src/session/temporaryNames.ts';
import { path } from './fakeSession.ts';

describe('a temporary file', () => {
  it('stands in the same folder and keeps the extension', () => {
    expect(temporaryNameOf(path('/www/index.php'), 'x1')).toBe('/www/.portside-x1-index.php');
    expect(temporaryNameOf(path('/.htaccess'), 'x1')).toBe('/.portside-x1-.htaccess');
  });

  it('has a name that every file system takes, whatever the file is called', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter(isEntryName);
    const extension = fc.constantFrom('', '.php', '.tar.gz', `.${'x'.repeat(300)}`);
    fc.assert(
      fc.property(name, extension, (name, extension) => {
        const file = joinPath(path('/www'), name + extension);
        const temporary = temporaryNameOf(file, '0123456789ab');
        expect(Buffer.byteLength(nameOf(temporary))).toBeLessThanOrEqual(255);
        expect(parentOf(temporary)).toBe('/www');
        expect(isTemporaryName(nameOf(temporary))).toBe(true);
        expect(Buffer.from(temporary).toString()).toBe(temporary);
        if (extension === '.php') expect(temporary.endsWith('.php')).toBe(true);
      }),
    );
  });
});

describe('the name of a temporary file', () => {
  it.each([
    'a',
    'page.html',
    '-',
    '.htaccess',
    'doctor-new',
    'line\nbreak',
    `${'x'.repeat(228)}.php`,
  ])('is told by its form: for %j', (file) => {
    const name = `.portside-0123456789ab-${file}`;
    expect([isTemporaryName(name), readTemporaryName(name)]).toEqual([
      true,
      { id: '0123456789ab', file },
    ]);
  });

  it.each([
    '.portside-notes',
    '.portside-notes.txt',
    '.portside-x-y',
    '.portside-',
    '.portside-0123456789ab',
    '.portside-0123456789ab-',
    '.portside-0123456789a-page.html',
    '.portside-0123456789abc-page.html',
    '.portside-0123456789AB-page.html',
    '.portside-0123456789ag-page.html',
    '.PORTSIDE-0123456789ab-page.html',
    'a.portside-0123456789ab-page.html',
    '.portside-0123456789ab_page.html',
  ])('is none that a person chose: %j', (name) => {
    expect([isTemporaryName(name), readTemporaryName(name)]).toEqual([false, undefined]);
  });
});
