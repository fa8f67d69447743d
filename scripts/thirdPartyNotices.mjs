// The licences of what is bundled, as they ask to be handed on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Names each package of `node_modules` among the bundled files with its licence's text. Throws where
 * one has none: no package is shipped without known terms.
 */
export function thirdPartyNotices(root, bundledFiles) {
  const folders = new Set(bundledFiles.map(packageFolder).filter((folder) => folder !== undefined));
  const sections = Array.from(folders)
    .toSorted((a, b) => a.localeCompare(b))
    .map((folder) => section(join(root, folder)));
  return [
    '# Third-party notices',
    'Portside contains the following packages.',
    ...sections,
    '',
  ].join('\n\n');
}

function packageFolder(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function section(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const text = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (!license && !text)
    throw new Error(`${name} does not say under which licence it may be used.`);
  const path = text === undefined ? undefined : join(folder, text);
  const body = path && existsSync(path) ? readFileSync(path, 'utf8').trim() : `Licence: ${license}`;
  return `## ${name} ${version} (${license})\n\n\`\`\`text\n${body}\n\`\`\``;
}
