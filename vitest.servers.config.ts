import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    // Foreign servers own their ports and their processes: one file at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
