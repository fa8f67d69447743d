import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/network/**/*.test.ts'],
    // Each file builds hosts of its own, on a machine with few cores: one at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
