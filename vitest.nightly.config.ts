import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import unit from './vitest.config.ts';

// The files that try properties on examples; the setup file makes these many.
const properties = globSync('test/{unit,engine}/**/*.test.ts').filter((file) =>
  readFileSync(file, 'utf8').includes("from 'fast-check'"),
);

export default defineConfig({
  ...unit,
  test: {
    ...unit.test,
    include: properties,
    setupFiles: ['test/support/manyExamples.ts'],
    testTimeout: 900_000,
  },
});
