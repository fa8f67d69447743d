import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { localPath } from '../localFiles.ts';
import { localArgument, manyAndOne } from '../positionals.ts';
import { parseRemoteAddress } from '../remoteAddress.ts';
import { usingSite } from '../site.ts';
import { Tally } from '../tally.ts';
import { isRemoteFolder, localSource, upload, type Upload } from '../upload.ts';
import type { Verb } from '../verb.ts';

/** Copies files and folders of this machine to a server. */
export const put: Verb = {
  usage: 'put [-r] LOCAL... URL',
  summary: 'copy files to a server; with -r folders too',
  run: async (args, surroundings, signal) => {
    const recursion = { recursive: { type: 'boolean', short: 'r' } } as const;
    const { values, positionals } = parseArguments(args, { ...connectionOptions, ...recursion });
    const { many, one } = manyAndOne(positionals, put);
    const sources = many.map((given) =>
      localSource(given, localPath(localArgument(given, put), surroundings)),
    );
    const address = parseRemoteAddress(one);
    const choice = await readConnectionChoice(values, surroundings, signal);
    const tally = new Tally(surroundings.terminal);
    await usingSite({ address, choice, surroundings, signal }, async (site) => {
      const wish: Upload = {
        to: await site.pathOf(address),
        into: await isRemoteFolder(site, address, sources.length),
        recursive: values.recursive ?? false,
        tally,
      };
      for (const source of sources) await upload(site, source, wish);
    });
    return tally.complete;
  },
};
