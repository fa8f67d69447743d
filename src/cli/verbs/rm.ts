import { RemoteFileError } from '../../session/remoteFileError.ts';
import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { Failure, UsageError } from '../errors.ts';
import { oneAddress } from '../positionals.ts';
import { siteLabel } from '../remoteAddress.ts';
import { usingSite } from '../site.ts';
import type { Verb } from '../verb.ts';

/** Deletes a file, and with -r a folder with everything in it. */
export const rm: Verb = {
  usage: 'rm [-r] URL',
  summary: 'delete a file; with -r a folder and everything in it',
  run: async (args, parts, signal) => {
    const recursion = { recursive: { type: 'boolean', short: 'r' } } as const;
    const { values, positionals } = parseArguments(args, { ...connectionOptions, ...recursion });
    const { recursive = false } = values;
    const address = oneAddress(positionals, rm);
    const { path } = address;
    if (path === undefined) throw new UsageError('The address must name what is to be deleted.');
    const choice = await readConnectionChoice(values, parts, signal);
    const { terminal } = parts;
    return usingSite({ address, choice, parts, signal }, async (site) => {
      const { files } = site;
      const { type } = await files.stat(path, { signal });
      if (type === 'directory' && !recursive) {
        const what = `${siteLabel(address)}: ${path} is a folder`;
        throw new Failure(`${what}: -r deletes it with everything in it.`);
      }
      try {
        await files.delete(path, { signal, recursive });
        return true;
      } catch (error) {
        if (!(error instanceof RemoteFileError && error.failures)) throw error;
        for (const failure of error.failures) terminal.tell(site.sentence(failure));
        return false;
      }
    });
  },
};
