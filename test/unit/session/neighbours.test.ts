import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEntryName, joinPath, nameOf, parentOf } from '../../../src/base/paths.ts';
import { isNeighbourName, neighbourOf } from '../../../src/session/neighbours.ts';
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
        const neighbour = neighbourOf(file, 'k3v9x1');
        expect(Buffer.byteLength(nameOf(neighbour))).toBeLessThanOrEqual(255);
        expect(parentOf(neighbour)).toBe('/www');
        expect(isNeighbourName(nameOf(neighbour))).toBe(true);
        expect(Buffer.from(neighbour).toString()).toBe(neighbour);
        if (extension === '.php') expect(neighbour.endsWith('.php')).toBe(true);
      }),
    );
  });
});
