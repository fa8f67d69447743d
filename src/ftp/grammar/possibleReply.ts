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

const tellPorts: ReadonlySet<string> = new Set(['PASV', 'EPSV', 'CPSV', 'SPSV', 'SITE']);

/**
 * False where a reply can answer anything but this command, whichever server says it: the replies
 * are out of step with the commands then.
 */
export function mayAnswer(command: Command, { replyClass, code }: Reply): boolean {
  if (replyClass === 'intermediate') return begin.has(command.verb);
  // RFC 959, 5.4, and RFC 2428, 3: a port is told only to who asks for one.
  if (code === 227 || code === 229) return tellPorts.has(command.verb);
  // RFC 959, 5.4: RNFR has no 2yz; nothing is renamed by it alone.
  return !(replyClass === 'completion' && command.verb === 'RNFR');
}
