import { basename } from 'node:path';
import type { RemotePath } from '../../base/paths.ts';
import type { Copy, NotCopiedError } from '../../sync/copyTree.ts';
import { localSide } from '../../sync/localSide.ts';
import { remoteSide } from '../../sync/remoteSide.ts';
import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { copyAll } from '../copying.ts';
import { localPath } from '../localPath.ts';
import { nodeFiles } from '../nodeFiles.ts';
import { localArgument, manyAndOne } from '../positionals.ts';
import { parseRemoteAddress } from '../remoteAddress.ts';
import { usingSite } from '../site.ts';
import { Tally } from '../tally.ts';
import type { Verb, VerbParts } from '../verb.ts';

/** Copies files and folders of this machine to a server. */
export const put: Verb = {
  usage: 'put [-r] LOCAL... URL',
  summary: 'copy files to a server; with -r folders too',
  run: async (args, parts, signal) => {
    const recursion = { recursive: { type: 'boolean', short: 'r' } } as const;
    const { values, positionals } = parseArguments(args, { ...connectionOptions, ...recursion });
    const { recursive = false } = values;
    const { many, one } = manyAndOne(positionals, put);
    const sources = many.map((given) => sourceOf(given, parts));
    const address = parseRemoteAddress(one);
    const choice = await readConnectionChoice(values, parts, signal);
    const tally = new Tally(parts.terminal);
    await usingSite({ address, choice, parts, signal }, async (site) => {
      const remote = remoteSide(site.files);
      const target = await site.pathOf(address);
      const into =
        address.isFolder ||
        sources.length > 1 ||
        address.path === undefined ||
        (await remote.kindOf(target, { signal })) === 'folder';
      const copies = sources.map((source) => ({ ...source, target, into, recursive }));
      const sides = { from: localSide(nodeFiles(parts)), to: remote };
      await copyAll(site, { sides, copies, tally, unfitName });
    });
    return tally.complete;
  },
};

function unfitName({ path }: NotCopiedError): string {
  return `${path} was not copied: it has no name that a server could keep.`;
}

/** What a local argument means: "." and ".." name a folder's content. */
function sourceOf(
  given: string,
  parts: VerbParts,
): Pick<Copy<string, RemotePath>, 'source' | 'name'> {
  const source = localPath(localArgument(given, put), parts);
  return { source, name: ['.', '..'].includes(basename(given)) ? undefined : basename(source) };
}
