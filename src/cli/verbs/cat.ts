import { parseArguments } from '../arguments.ts';
import { connectionOptions, readConnectionChoice } from '../connectionOptions.ts';
import { oneAddress } from '../positionals.ts';
import { usingSite } from '../site.ts';
import type { Verb } from '../verb.ts';

/** Writes a file to standard output, byte by byte as it is. */
export const cat: Verb = {
  usage: 'cat URL',
  summary: 'write a file to standard output',
  run: async (args, parts, signal) => {
    const { values, positionals } = parseArguments(args, connectionOptions);
    const address = oneAddress(positionals, cat);
    const choice = await readConnectionChoice(values, parts, signal);
    await usingSite({ address, choice, parts, signal }, async (site) => {
      const path = await site.pathOf(address);
      for await (const piece of site.files.openRead(path, { signal, lane: 'interactive' })) {
        await parts.terminal.write(piece);
      }
    });
    return true;
  },
};
