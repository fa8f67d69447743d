// Runs inside the extension host: VS Code loads this module and calls `run`.
import { writeFile } from 'node:fs/promises';
import { testLine } from '../../../scripts/vscode/testLine.ts';
import { runMocha } from '../../../scripts/stages/mochaRun.ts';
import { commands } from './commands.ts';
import { documents } from './documents.ts';
import { fileSystem } from './fileSystem.ts';
import { installation } from './installation.ts';
import { leftOvers } from './leftOvers.ts';
import { names } from './names.ts';
import { syncOnSave } from './syncOnSave.ts';
import { trust } from './trust.ts';
import { twoSites } from './twoSites.ts';

const suites = [
  installation,
  fileSystem,
  commands,
  names,
  leftOvers,
  documents,
  twoSites,
  trust,
  syncOnSave,
];

/** Runs every suite and leaves the tally where the stage reads it. */
export async function run(): Promise<void> {
  const { signal } = new AbortController();
  const tally = await runMocha(suites, print, signal);
  await writeFile(String(process.env['PORTSIDE_TEST_TALLY']), JSON.stringify(tally));
}

/** The console of the extension host is shown to the stage, which picks these lines out. */
function print(line: string): void {
  console.log(testLine + line);
}
