import type { CommandRule } from '../commandRule.ts';
import { longReply } from '../control/serverReply.ts';
import { accessCommands, securityCommands } from './accessCommands.ts';
import { fileCommands } from './fileCommands.ts';
import { informationCommands } from './informationCommands.ts';
import { listingCommands } from './listingCommands.ts';
import { transferCommands } from './transferCommands.ts';
import { transferParameterCommands } from './transferParameterCommands.ts';

const help: CommandRule = {
  needs: 'nothing',
  run: () => {
    const verbs = [...commandTable.keys()].toSorted();
    const rows = Array.from({ length: Math.ceil(verbs.length / 8) }, (_, row) =>
      verbs.slice(row * 8, row * 8 + 8).join(' '),
    );
    return longReply(
      214,
      'Commands',
      rows.map((row) => ` ${row}`),
      'End',
    );
  },
};

/** Every verb that is served. */
export const commandTable: ReadonlyMap<string, CommandRule> = new Map(
  Object.entries({
    ...accessCommands,
    ...securityCommands,
    ...transferParameterCommands,
    ...fileCommands,
    ...listingCommands,
    ...transferCommands,
    ...informationCommands,
    HELP: help,
  }),
);
