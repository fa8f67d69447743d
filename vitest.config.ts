import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // VS Code itself is there only inside its extension host.
  resolve: { alias: { vscode: new URL('test/support/vscode.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/vscode/**', 'test/servers/**', 'test/network/**', 'node_modules/**'],
    // Many tests wait rather than work, so that a machine of two cores can do with two at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Far more than any test needs by itself: a machine that does other things takes its time.
    testTimeout: 60_000,
  },
});
