import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { toRemotePath } from '../../../../src/base/paths.ts';
import type { EngineParts } from '../../../../src/ftp/data/engineParts.ts';
import { ConnectionError } from '../../../../src/ftp/errors.ts';
import { LinkTargets, withTargets } from '../../../../src/ftp/folders/linkTargets.ts';
import type { RemoteEntry } from '../../../../src/ftp/grammar/entry.ts';
import { ServerProfile } from '../../../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../../../src/ftp/rung.ts';
import { processorTime } from '../../../support/processorTime.ts';

const signal = new AbortController().signal;
const folder = toRemotePath('/dir');

function link(name: string, target?: string): RemoteEntry {
  const common = { size: 1, modified: undefined, precision: 'none' } as const;
  return { name, type: 'symlink', ...common, ...(target !== undefined && { target }) };
}

function bare(entry: RemoteEntry): object {
  return { ...entry, target: undefined };
}

function file(name: string): RemoteEntry {
  return { name, type: 'file', size: 1, modified: undefined, precision: 'none' };
}

/** With lists that show these lines; `undefined` where a way shows no listing. */
function targetsBy(
  show: (way: 'STAT' | 'LIST') => Promise<readonly string[] | undefined>,
): LinkTargets {
  const parts = { logger: silentLogger, clock: systemClock, profile: new ServerProfile(allRungs) };
  const shown = async (way: 'STAT' | 'LIST'): Promise<never> => {
    const lines = await show(way);
    return (lines && { lines }) as never;
  };
  return new LinkTargets(parts as unknown as EngineParts, {
    STAT: { show: () => shown('STAT') },
    LIST: { list: () => shown('LIST') },
  });
}

test('a target is that of the link of the same name, and nothing else is taken', () => {
  const entries = [link('a'), file('b'), link('c', 'known'), link('d')];
  const listed = [link('a', 'x'), { ...link('b', 'y') }, link('c', 'z'), link('e', 'w')];
  expect(withTargets(entries, listed)).toEqual([
    link('a', 'x'),
    file('b'),
    link('c', 'known'),
    link('d'),
  ]);
});

// Each held against each other, they would take minutes.
test('ever so many links that are alike up to an arrow tell of no target', () => {
  const entries = Array.from({ length: 50_000 }, (_, at) => link(`a -> ${at}`));
  const listed = entries.map((_, at) => link('a', `${at} -> x`));
  expect(withTargets(entries, listed)).toEqual(entries);
  expect(processorTime(() => withTargets(entries, listed))).toBeLessThan(1_000);
});

test('a name with an arrow in it is told from its target by the name that is known', () => {
  // As a parser of lines has cut them, which cannot know better.
  const listed = [link('a', 'b -> c'), link('x', 'y -> z')];
  expect(withTargets([link('a -> b'), link('x')], listed)).toEqual([
    link('a -> b', 'c'),
    link('x', 'y -> z'),
  ]);
  // Two lines fit: then nothing is known.
  const both = [link('a', 'b -> c'), link('a', 'd')];
  expect(withTargets([link('a'), link('a -> b')], both)).toEqual([link('a'), link('a -> b', 'c')]);
});

test('whatever is listed, no entry is lost, changed or added but for targets of links', () => {
  const name = fc.constantFrom('a', 'a -> b', ' -> ', '', 'b', ' -> a', 'c -> ');
  const entry = fc
    .tuple(name, fc.option(name, { nil: undefined }), fc.boolean())
    .map(([name, target, isFile]) => (isFile ? file(name) : link(name, target)));
  fc.assert(
    fc.property(fc.array(entry), fc.array(entry), (entries, listed) => {
      const completed = withTargets(entries, listed);
      expect(completed.map(bare)).toEqual(entries.map(bare));
      for (const [index, { target }] of entries.entries()) {
        if (target !== undefined) expect(completed[index]?.target).toBe(target);
      }
    }),
  );
});

test('a way that tells nothing is not tried again, and nothing is asked where all is told', async () => {
  const asked: string[] = [];
  const targets = targetsBy(async (way) => {
    asked.push(way);
    return way === 'LIST' ? ['lrwxrwxrwx 1 anna anna 1 Nov 21 2024 a -> x'] : undefined;
  });
  expect(await targets.complete([file('b'), link('c', 'd')], folder, signal)).toHaveLength(2);
  expect(asked).toEqual([]);
  for (let time = 0; time < 2; time++) {
    expect(await targets.complete([link('a')], folder, signal)).toEqual([link('a', 'x')]);
  }
  expect(asked).toEqual(['STAT', 'LIST', 'LIST']);
});

test('a listing that is there is not lost with the connection', async () => {
  const targets = targetsBy(async () => {
    throw new ConnectionError('data', 'gone');
  });
  expect(await targets.complete([link('a')], folder, signal)).toEqual([link('a')]);
});

test('a cancel ends it', async () => {
  const controller = new AbortController();
  const targets = targetsBy(async () => {
    controller.abort(new Error('no more'));
    throw new ConnectionError('data', 'gone');
  });
  const asking = targets.complete([link('a')], folder, controller.signal);
  await expect(asking).rejects.toThrow('no more');
});
