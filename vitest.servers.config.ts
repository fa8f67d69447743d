import { defineConfig } from 'vitest/config';
import { CellReporter } from './test/servers/support/cellReporter.ts';

export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Each file has servers of its own; more of them at a time would make others wait on two cores.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: ['default', new CellReporter()],
  },
});
