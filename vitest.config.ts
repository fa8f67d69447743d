import { defineConfig } from 'vitest/config';

export default defineConfig({
  // VS Code itself is there only inside its extension host.
  resolve: { alias: { vscode: new URL('test/support/vscode.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/vscode/**', 'test/servers/**', 'test/network/**', 'node_modules/**'],
    testTimeout: 20_000,
  },
});
