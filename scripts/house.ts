// How the code is built, in figures, with the limits that it is kept to beside them:
//
//   npm run house -- [--list] [--json FILE]
//
// It reports and does not judge: what the tests hold is in test/architecture.test.ts.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { watchEntries } from './house/entries.ts';
import { type Measures, measureStructure, rowsOf, tableOf } from './house/measures.ts';
import { readSourceFiles } from './house/sourceFiles.ts';
import { runScript } from './interruption.ts';

await runScript(async (signal) => {
  const { list, json } = parseArgs({
    options: { list: { type: 'boolean', default: false }, json: { type: 'string' } },
  }).values;
  const files = readSourceFiles();
  watchEntries(files);
  // Not before: it imports src.
  const { measureWarmOperations } = await import('./house/warmOperations.ts');
  const measures: Measures = {
    ...measureStructure(files),
    warm: await measureWarmOperations(signal),
  };
  process.stdout.write(tableOf(rowsOf(measures), { list }));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(measures, null, 1)}\n`);
  return 0;
});
