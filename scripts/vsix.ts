// Bundling the extension and packing it as a VSIX that holds what it needs and nothing else.
import { readFile, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { run, runQuietly } from './childProcess.ts';
import { projectRoot, vsixFile } from './paths.ts';
import { listZip } from './zip.ts';

const largestVsix = 1_000_000;

// vsce packs without a word when the first is absent, and asks a question that it answers itself
// when the second is.
const required = [
  /^extension\/package\.json$/,
  /^extension\/readme\.md$/i,
  /^extension\/licen[cs]e(\.(md|txt))?$/i,
  /^extension\/changelog\.md$/i,
  /^extension\/third_party_notices\.md$/i,
  /^extension\/dist\/extension\.cjs$/,
  /^extension\/dist\/wholeExtension\.cjs$/,
];

const allowed = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/package(\.nls(\.[\w-]+)?)?\.json$/,
  /^extension\/(readme|changelog|licen[cs]e|third_party_notices)(\.(md|txt))?$/i,
  /^extension\/dist\/(?!cli\.|wholeCli\.)[\w-]+\.cjs$/,
  /^extension\/(media|l10n)\//,
];

/** Writes dist/: the extension, the command line, and what they load later. */
export async function build(signal: AbortSignal): Promise<void> {
  const code = await run(process.execPath, ['esbuild.mjs'], { cwd: projectRoot, signal });
  if (code !== 0) throw new Error('The bundler failed; its output stands above.');
}

/** Builds and packs portside.vsix, and throws where it holds too much or too little. */
export async function packageVsix(signal: AbortSignal): Promise<string> {
  await build(signal);
  await rm(vsixFile, { force: true });
  const vsce = join(projectRoot, 'node_modules', '@vscode', 'vsce', 'vsce');
  const { code, output } = await runQuietly(
    process.execPath,
    [
      vsce,
      'package',
      // Everything is bundled: node_modules has no part in the package.
      '--no-dependencies',
      '--no-rewrite-relative-links',
      '--allow-missing-repository',
      '--out',
      vsixFile,
    ],
    { cwd: projectRoot, signal },
  );
  if (code !== 0) throw new Error(`vsce could not package the extension:\n${output}`);
  await inspect(vsixFile);
  return vsixFile;
}

async function inspect(path: string): Promise<void> {
  const name = relative(projectRoot, path);
  const { size } = await stat(path);
  const faults = faultsOf(listZip(await readFile(path)).map((entry) => entry.name));
  if (size > largestVsix) faults.push(`it has ${size} bytes, more than ${largestVsix}`);
  if (faults.length > 0) throw new Error(`${name} is not fit to ship: ${faults.join('; ')}.`);
  process.stdout.write(`${name}: ${Math.ceil(size / 1000)} kB\n`);
}

/** What is wrong with a package that holds these files. */
export function faultsOf(files: readonly string[]): string[] {
  const missing = required.filter((pattern) => !files.some((file) => pattern.test(file)));
  const foreign = files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
  return [
    ...missing.map((pattern) => `nothing in it is called ${pattern.source}`),
    ...foreign.map((file) => `it holds ${file}`),
  ];
}
