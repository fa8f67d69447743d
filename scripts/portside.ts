// `npm run portside -- VERB...`: the engine from a terminal, built first where its source is newer.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sentenceOf } from './interruption.ts';
import { commandLineFile, projectRoot } from './paths.ts';
import { build } from './vsix.ts';

try {
  if (await isStale()) await build(new AbortController().signal);
  process.argv[1] = commandLineFile;
  await import(pathToFileURL(commandLineFile).href);
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}

async function isStale(): Promise<boolean> {
  const built = await stat(commandLineFile).catch(() => undefined);
  if (built === undefined) return true;
  const source = join(projectRoot, 'src');
  const names = await readdir(source, { recursive: true });
  const paths = [...names.map((name) => join(source, name)), join(projectRoot, 'esbuild.mjs')];
  const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs));
  return times.some((time) => time > built.mtimeMs);
}
