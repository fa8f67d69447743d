import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEntryName, joinPath, nameOf, parentOf } from '../../../src/base/paths.ts';
import {
  isNeighbourName,
  neighbourOf,
  readNeighbourName,
} from '../../../src/session/neighbours.ts';
import { path } from './fakeSession.ts';

describe('a neighbour', () => {
  it('stands in the same folder and keeps the extension', () => {
    expect(neighbourOf(path('/www/index.php'), 'x1')).toBe('/www/.portside-x1-index.php');
    expect(neighbourOf(path('/.htaccess'), 'x1')).toBe('/.portside-x1-.htaccess');
  });

  it('has a name that every file system takes, whatever the file is called', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter(isEntryName);
    const extension = fc.constantFrom('', '.php', '.tar.gz', `.${'x'.repeat(300)}`);
    fc.assert(
      fc.property(name, extension, (name, extension) => {
        const file = joinPath(path('/www'), name + extension);
        const neighbour = neighbourOf(file, '0123456789ab');
        expect(Buffer.byteLength(nameOf(neighbour))).toBeLessThanOrEqual(255);
        expect(parentOf(neighbour)).toBe('/www');
        expect(isNeighbourName(nameOf(neighbour))).toBe(true);
        expect(Buffer.from(neighbour).toString()).toBe(neighbour);
        if (extension === '.php') expect(neighbour.endsWith('.php')).toBe(true);
      }),
    );
  });
});

describe('the name of a neighbour', () => {
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
    expect([isNeighbourName(name), readNeighbourName(name)]).toEqual([
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
    expect([isNeighbourName(name), readNeighbourName(name)]).toEqual([false, undefined]);
  });
});
