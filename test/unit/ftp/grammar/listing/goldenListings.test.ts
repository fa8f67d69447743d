import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listingLines, parseListing } from '../../../../../src/ftp/grammar/listing/listing.ts';

// test/listings holds listings as servers write them, and beside each what it means, with the time
// and the zone it is read at.
const folder = new URL('../../../../listings/', import.meta.url);

interface Meaning {
  readonly now: string;
  readonly zone: number;
}

const names = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -'.txt'.length));

test.each(names)('the listing %s means what stands beside it', (name) => {
  const text = readFileSync(new URL(`${name}.txt`, folder), 'utf8');
  const meaning = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Meaning;
  const listing = parseListing(listingLines(text), {
    now: Date.parse(meaning.now),
    zone: meaning.zone,
  });
  const { now, zone } = meaning;
  expect(JSON.parse(JSON.stringify({ now, zone, ...listing }))).toEqual(meaning);
});

test('every format has its golden listings', () => {
  expect(names.length).toBeGreaterThan(15);
});
