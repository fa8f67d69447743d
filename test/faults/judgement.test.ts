import { describe, expect, test } from 'vitest';
import { judge, type Outcome, type Wrong } from './judgement.ts';

const [old, fresh, other] = ['old bytes', 'the new bytes', 'other'].map((text) =>
  Buffer.from(text),
) as [Buffer, Buffer, Buffer];

const save: Outcome = {
  operation: {
    before: new Map([
      ['f.txt', old],
      ['other.txt', other],
    ]),
    after: new Map([
      ['f.txt', fresh],
      ['other.txt', other],
    ]),
    atomic: true,
  },
  told: { kind: 'done' },
  disk: new Map([
    ['f.txt', fresh],
    ['other.txt', other],
  ]),
  killed: false,
  logged: [],
  shown: undefined,
  held: 0,
};
const failed = { kind: 'failed', message: 'It failed' } as const;
const leftOver = '.portside-0123456789ab-f.txt';
const aside = new Map([
  ['other.txt', other],
  [leftOver, old],
]);

function wrongsOf(changes: Partial<Outcome>): readonly Wrong[] {
  return [...new Set(judge({ ...save, ...changes }).map(([kind]) => kind))];
}

describe('a run is judged', () => {
  test('right when what was told is what lies on the disk', () => {
    expect(wrongsOf({})).toEqual([]);
    expect(wrongsOf({ told: failed, disk: save.operation.before })).toEqual([]);
    const doubt = { kind: 'doubt', message: 'It may or may not have been replaced' } as const;
    expect(wrongsOf({ told: doubt })).toEqual([]);
    expect(wrongsOf({ told: doubt, disk: save.operation.before })).toEqual([]);
  });

  test('a lie when it is not', () => {
    expect(wrongsOf({ disk: save.operation.before })).toEqual(['lied']);
    expect(wrongsOf({ told: failed })).toEqual(['lied']);
    expect(wrongsOf({ told: { kind: 'conflict' }, disk: save.operation.before })).toEqual(['lied']);
    expect(wrongsOf({ shown: save.operation.before })).toEqual(['lied']);
  });

  test('torn when a file holds anything but whole old or new bytes', () => {
    const disk = new Map<string, 'folder' | Buffer>([
      ['f.txt', fresh.subarray(0, 3)],
      ['other.txt', other],
    ]);
    expect(wrongsOf({ told: failed, disk })).toContain('torn');
  });

  test('lost when bytes are nowhere, or under a name that nobody tells', () => {
    const gone = new Map([['f.txt', fresh]]);
    expect(wrongsOf({ disk: gone })).toContain('lost');
    expect(wrongsOf({ told: failed, disk: aside, killed: true })).toContain('lost');
    const doubt = { kind: 'doubt', message: `It may have been moved to ${leftOver}` } as const;
    expect(wrongsOf({ told: doubt, disk: aside, killed: true })).toEqual([]);
  });

  test('littered when something is left, but for a killed server and a told name', () => {
    const disk = new Map([...save.disk, [leftOver, old]]);
    expect(wrongsOf({ disk })).toEqual(['littered']);
    expect(wrongsOf({ disk, logged: [`${leftOver} is left`] })).toEqual(['littered']);
    expect(wrongsOf({ disk, killed: true })).toEqual(['littered']);
    expect(wrongsOf({ disk, killed: true, logged: [`${leftOver} is left`] })).toEqual([]);
  });

  test('half done only where there are many steps, and where that is told', () => {
    const before = new Map<string, 'folder' | Buffer>([
      ['d', 'folder'],
      ['d/1', old],
      ['d/2', fresh],
    ]);
    const operation = { before, after: new Map(), atomic: false };
    const disk = new Map<string, 'folder' | Buffer>([
      ['d', 'folder'],
      ['d/2', fresh],
    ]);
    expect(wrongsOf({ operation, disk, told: failed })).toEqual([]);
    expect(wrongsOf({ operation, disk })).toEqual(['lied']);
    expect(wrongsOf({ operation, disk: new Map(), told: failed })).toEqual(['lied']);
  });

  test('hung when it comes to no end, leaked when connections stay', () => {
    expect(wrongsOf({ told: { kind: 'hung' } })).toEqual(['hung']);
    expect(wrongsOf({ held: 1 })).toEqual(['leaked']);
  });
});
