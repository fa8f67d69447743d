import type { Command } from './command.ts';
import type { Reply } from './reply.ts';

// RFC 959, 5.4, and RFC 2228, 3: the commands whose success is "and now the next one". What SITE may
// want nobody knows.
const begin: ReadonlySet<string> = new Set([
  'USER',
  'PASS',
  'ACCT',
  'AUTH',
  'ADAT',
  'RNFR',
  'REST',
  'SITE',
]);

/**
 * False where a reply can answer anything but this command, whichever server says it: the replies
 * are out of step with the commands then.
 */
export function mayAnswer(command: Command, { replyClass }: Reply): boolean {
  if (replyClass === 'intermediate') return begin.has(command.verb);
  // RFC 959, 5.4: RNFR has no 2yz; nothing is renamed by it alone.
  return !(replyClass === 'completion' && command.verb === 'RNFR');
}
