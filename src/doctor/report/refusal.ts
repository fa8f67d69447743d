import { type Reply, replyText } from '../../ftp/grammar/reply.ts';
import type { Finding } from './finding.ts';
import type { Certainty } from './report.ts';

/** Why a server turns clients away, as far as its words tell. */
export type RefusalReason = {
  readonly cause: 'banned' | 'too-many-connections';
  readonly certainty: Certainty;
};

// The first that matches decides: "too many failed logins" is a ban, "too many users" is not.
const wordings: readonly (readonly [RegExp, RefusalReason['cause']])[] = [
  [/\bbann?(?:ed|s)?\b|black ?list|blocked|fail|attempt|wrong password/i, 'banned'],
  [
    /too many|\blimit|maximum|\bmax\b|already (?:logged|connected)|\bfull\b|\bbusy\b|exceed|concurrent|simultan/i,
    'too-many-connections',
  ],
  [/denied|not (?:allowed|permitted|welcome|authori[sz]ed)|forbidden|your (?:ip|host)/i, 'banned'],
];

/** RFC 959 has one code, 421, for all reasons to turn a client away. Only the words tell more. */
export function readRefusal(reply: Reply): RefusalReason {
  const text = replyText(reply);
  const known = wordings.find(([pattern]) => pattern.test(text));
  if (known) return { cause: known[1], certainty: 'likely' };
  return { cause: reply.code === 421 ? 'too-many-connections' : 'banned', certainty: 'unknown' };
}

/** The finding for a server that turns us away before the login. */
export function turnedAway(reply: Reply, quoted: string): Finding {
  const { cause, certainty } = readRefusal(reply);
  const explanation = `The server refuses this client before the login: ${quoted}.`;
  return { cause, certainty, blocks: true, explanation, advice: refusalAdvice[cause] };
}

/** What the user can do where a server turns clients away. */
export const refusalAdvice: Readonly<Record<RefusalReason['cause'], string>> = {
  banned:
    "Wait, or ask the server's administrator whether this address is banned. Many servers ban an " +
    'address after several wrong passwords.',
  'too-many-connections':
    'Close other programs that are connected to this server, and lower the number of connections ' +
    'of the site. If no other program is connected, try again later.',
};
