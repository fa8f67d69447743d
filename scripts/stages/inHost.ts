// The stage that runs inside the extension host of a real VS Code.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { launchChromium } from '../chromium.ts';
import { cacheFolder, commandLineFile, projectRoot } from '../paths.ts';
import { extensionTestsArgument, runExtensionTests } from '../vscode/extensionTests.ts';
import { startHost } from '../vscode/host.ts';
import { quietSettings } from '../vscode/settings.ts';
import { build } from '../vsix.ts';
import type { Stage, Tally } from './tally.ts';

const folder = join(cacheFolder, 'in-host');
const deadline = 600_000;

/** The extension's own view: `workspace.fs`, documents, commands. */
export const inHost: Stage = {
  name: 'in-host',
  run: async (signal) => {
    await build(signal);
    const tests = await bundleTests();
    const tallyFile = join(folder, 'tally.json');
    await using browser = await launchChromium(signal);
    await using host = await startHost({
      extensions: [],
      settings: quietSettings,
      args: [extensionTestsArgument],
      // What test/vscode/inHost reads; the extension itself reads neither.
      env: { PORTSIDE_TEST_TALLY: tallyFile, PORTSIDE_TEST_COMMAND_LINE: commandLineFile },
      signal,
    });
    const code = await runExtensionTests({
      host,
      browser,
      tests,
      deadline,
      signal,
      extension: projectRoot,
      folder: host.scratchFolder,
    });
    return readTally(tallyFile, code, host.output());
  },
};

async function bundleTests(): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, 'index.cjs');
  await bundle({
    entryPoints: [join(projectRoot, 'test', 'vscode', 'inHost', 'index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return outfile;
}

async function readTally(path: string, code: number, output: string): Promise<Tally> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new Error(`The tests did not come to an end (exit code ${code}):\n${output}`);
  }
  // Written by test/vscode/inHost/index.ts from a value of this type.
  return JSON.parse(text) as Tally;
}
