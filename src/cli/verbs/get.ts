import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { download, type Download, isTargetFolder } from '../download.ts';
import { localPath } from '../localFiles.ts';
import { localArgument, manyAndOne } from '../positionals.ts';
import { parseRemoteAddress, type RemoteAddress, siteLabel } from '../remoteAddress.ts';
import { usingSite } from '../site.ts';
import { Tally } from '../tally.ts';
import type { Verb } from '../verb.ts';

/** Copies files and folders from servers to this machine. */
export const get: Verb = {
  usage: 'get [-r] URL... LOCAL',
  summary: 'copy files from a server; with -r folders too',
  run: async (args, surroundings, signal) => {
    const recursion = { recursive: { type: 'boolean', short: 'r' } } as const;
    const { values, positionals } = parseArguments(args, { ...connectionOptions, ...recursion });
    const { many, one } = manyAndOne(positionals, get);
    const addresses = many.map(parseRemoteAddress);
    const given = localArgument(one, get);
    const choice = await readConnectionChoice(values, surroundings, signal);
    const to = localPath(given, surroundings);
    const tally = new Tally(surroundings.terminal);
    const wish: Download = {
      to,
      into: await isTargetFolder(to, given, addresses.length),
      recursive: values.recursive ?? false,
      tally,
      surroundings,
    };
    let isAll = true;
    for (const [address, ...others] of bySite(addresses)) {
      await usingSite({ address, choice, surroundings, signal }, async (site) => {
        for (const one of [address, ...others]) await download(site, one, wish);
        isAll &&= site.hasListedAll;
      });
    }
    return tally.complete && isAll;
  },
};

/** The addresses of each server together, so that it is logged in to once. */
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
