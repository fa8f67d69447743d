// Bundles the extension and the command line, each as a small CommonJS file that loads a large one: Node
// keeps compiled what is loaded after it was told to. What is large and rarely needed stands in a file of
// its own too, loaded when the source says `await import(...)`.
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { thirdPartyNotices } from './scripts/thirdPartyNotices.mjs';

const bundles = { extension: 'src/startExtension.ts', cli: 'src/startCli.ts' };
const loadedLater = {
  wholeExtension: 'src/extension.ts',
  wholeCli: 'src/cli.ts',
  ownCertificate: 'src/server/ownCertificate.ts',
  codePages: 'src/ftp/grammar/charset/codePages.ts',
  socks: 'src/ftp/net/socks.ts',
};
const finishedFiles = new Map(
  Object.entries(loadedLater).map(([name, source]) => [basename(source), `./${name}.cjs`]),
);

/** esbuild splits only ES modules, so these imports are turned into ones of the finished file. */
const separately = {
  name: 'separately',
  setup(setting) {
    setting.onResolve({ filter: /\.ts$/ }, ({ path, kind }) => {
      const finished = kind === 'dynamic-import' && finishedFiles.get(basename(path));
      return finished ? { path: finished, external: true } : undefined;
    });
  },
};

const { metafile } = await build({
  entryPoints: { ...bundles, ...loadedLater },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['vscode'],
  plugins: [separately],
  // An import() of a finished file becomes a require().
  supported: { 'dynamic-import': false },
  minify: true,
  keepNames: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});

const notices = thirdPartyNotices(import.meta.dirname, Object.keys(metafile.inputs));
await writeFile(new URL('THIRD_PARTY_NOTICES.md', import.meta.url), notices);
