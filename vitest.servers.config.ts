import { defineConfig } from 'vitest/config';
import { CellReporter } from './test/servers/support/cellReporter.ts';

export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Each file has servers of its own. Some of them mostly wait, so that two cores can do with three at
    // a time; more would make the tests themselves late.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: ['default', new CellReporter()],
  },
});
