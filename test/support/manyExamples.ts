// The setup of `npm run nightly`: each property is tried on many times as many examples as in
// `npm test`, however long that takes.
import type * as fastCheck from 'fast-check';
import { vi } from 'vitest';

const factor = 25;
// What fast-check tries where a test says nothing.
const usualRuns = 100;

// The longest time that a timer can wait: far more than any property needs.
const interruptAfterTimeLimit = 2 ** 31 - 1;

vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<typeof fastCheck>();
  const assert = <T>(
    property: fastCheck.IRawProperty<T>,
    parameters: fastCheck.Parameters<T> = {},
  ): Promise<void> | void => {
    const numRuns = factor * (parameters.numRuns ?? usualRuns);
    return original.assert(property, { ...parameters, numRuns, interruptAfterTimeLimit });
  };
  return { ...original, assert, default: { ...original.default, assert } };
});
