import { sep } from 'node:path';
import { nameOf, type RemotePath, rootPath } from '../../base/paths.ts';
import type { Copy, NotCopiedError } from '../../sync/copyTree.ts';
import { localSide } from '../../sync/localSide.ts';
import { remoteSide } from '../../sync/remoteSide.ts';
import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { copyAll } from '../copying.ts';
import { Failure } from '../errors.ts';
import { localPath } from '../localPath.ts';
import { kindOf, makeLocalFolders, nodeFiles } from '../nodeFiles.ts';
import { localArgument, manyAndOne } from '../positionals.ts';
import { parseRemoteAddress, type RemoteAddress, siteLabel } from '../remoteAddress.ts';
import { type OpenSite, usingSite } from '../site.ts';
import { Tally } from '../tally.ts';
import type { Verb } from '../verb.ts';

/** Copies files and folders from servers to this machine. */
export const get: Verb = {
  usage: 'get [-r] URL... LOCAL',
  summary: 'copy files from a server; with -r folders too',
  run: async (args, parts, signal) => {
    const recursion = { recursive: { type: 'boolean', short: 'r' } } as const;
    const { values, positionals } = parseArguments(args, { ...connectionOptions, ...recursion });
    const { recursive = false } = values;
    const { many, one } = manyAndOne(positionals, get);
    const addresses = many.map(parseRemoteAddress);
    const given = localArgument(one, get);
    const choice = await readConnectionChoice(values, parts, signal);
    const to = localPath(given, parts);
    const into = await isTargetFolder(to, given, addresses.length);
    const local = localSide(nodeFiles(parts));
    const tally = new Tally(parts.terminal);
    let isAll = true;
    for (const some of bySite(addresses)) {
      await usingSite({ address: some[0], choice, parts, signal }, async (site) => {
        const copies: Copy<RemotePath, string>[] = [];
        for (const address of some) {
          copies.push({ ...(await sourceOf(site, address)), target: to, into, recursive });
        }
        const sides = { from: remoteSide(site.files), to: local };
        await copyAll(site, { sides, copies, tally, unfitName });
        isAll &&= site.hasListedAll;
      });
    }
    return tally.complete && isAll;
  },
};

function unfitName({ path, why }: NotCopiedError): string {
  return `${nameOf(path)} cannot be a name on this machine: ${why}.`;
}

/** True when the sources go into the target, as with `cp`: it is a folder, or is to be made one. */
async function isTargetFolder(path: string, given: string, sources: number): Promise<boolean> {
  const kind = await kindOf(path);
  if (kind === 'folder') return true;
  const meant = sources > 1 || given.endsWith('/') || given.endsWith(sep);
  if (!meant) return false;
  if (kind !== undefined) throw new Failure(`${path} is not a folder.`);
  await makeLocalFolders(path);
  return true;
}

// An address that names no folder, or only the root, means the content: the root has no name that
// the copy could take.
async function sourceOf(
  site: OpenSite,
  address: RemoteAddress,
): Promise<Pick<Copy<RemotePath, string>, 'source' | 'name'>> {
  const source = await site.pathOf(address);
  const isNameless = source === rootPath || address.path === undefined;
  return { source, name: isNameless ? undefined : nameOf(source) };
}

/** The addresses of each server together, so that there is one login for all of them. */
function bySite(
  addresses: readonly RemoteAddress[],
): (readonly [RemoteAddress, ...RemoteAddress[]])[] {
  const sites = new Map<string, [RemoteAddress, ...RemoteAddress[]]>();
  for (const address of addresses) {
    const label = siteLabel(address);
    const known = sites.get(label);
    if (known) known.push(address);
    else sites.set(label, [address]);
  }
  return [...sites.values()];
}
