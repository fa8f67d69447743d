import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/base/logger.ts';
import { memoryStorage } from '../../../src/base/storage.ts';

test('a storage remembers its last value, and two storages share none', () => {
  const storage = memoryStorage();
  storage.set('rung', 1);
  storage.set('rung', 2);
  expect(storage.get('rung')).toBe(2);
  expect(storage.get('other')).toBeUndefined();
  expect(memoryStorage().get('rung')).toBeUndefined();
});

test('the silent logger has silent scopes', () => {
  expect(silentLogger.scope('control')).toBe(silentLogger);
});
