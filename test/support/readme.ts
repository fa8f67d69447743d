import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { projectRoot } from '../../scripts/paths.ts';

const readmeFile = join(projectRoot, 'README.md');

/**
 * Expects that the README says just `text` between `<!-- name -->` and `<!-- /name -->`. Where
 * PORTSIDE_UPDATE_README is set it is made to say so.
 */
export async function expectInReadme(name: string, text: string): Promise<void> {
  const readme = await readFile(readmeFile, 'utf8');
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const from = readme.indexOf(start) + start.length;
  const to = readme.indexOf(end, from);
  if (from < start.length || to < 0) throw new Error(`The README has no marks for ${name}`);
  if (process.env['PORTSIDE_UPDATE_README'] === undefined) {
    expect(readme.slice(from, to)).toBe(`\n${text}\n\n`);
    return;
  }
  await writeFile(readmeFile, `${readme.slice(0, from)}\n${text}\n\n${readme.slice(to)}`);
}
