// Bundles the extension and the command line, each as one CommonJS file; what is large and rarely
// needed stands in an entry of its own and is required when it is wanted.
import { existsSync } from 'node:fs';
import { build } from 'esbuild';

const entries = ['extension', 'cli', 'certificate'];
const sources = {
  extension: 'src/extension.ts',
  cli: 'src/cli.ts',
  certificate: 'src/server/certificate.ts',
};

// Where the source imports the certificate maker when it wants it, the bundle requires its own file.
const certificateChunk = {
  name: 'certificate-chunk',
  setup: (bundle) => {
    bundle.onResolve({ filter: /\/certificate\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './certificate.cjs', external: true } : undefined,
    );
  },
};

await build({
  entryPoints: Object.fromEntries(
    entries.filter((name) => existsSync(sources[name])).map((name) => [name, sources[name]]),
  ),
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['vscode'],
  plugins: [certificateChunk],
  minify: true,
  keepNames: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
});
