import type { Reply } from '../../ftp/grammar/reply.ts';
import { replyText } from '../../ftp/grammar/reply.ts';
import type { Finding } from './finding.ts';
import type { Certainty } from './report.ts';

/** Why a server that refuses everybody refuses us, as far as its words tell. */
export type RefusalReason = {
  readonly cause: 'banned' | 'too-many-connections';
  readonly certainty: Certainty;
};

// The first that fits: "too many failed logins" is a ban, "too many users" is none.
const wordings: readonly (readonly [RegExp, RefusalReason['cause']])[] = [
  [/\bbann?(?:ed|s)?\b|black ?list|blocked|fail|attempt|wrong password/i, 'banned'],
  [
    /too many|\blimit|maximum|\bmax\b|already (?:logged|connected)|\bfull\b|\bbusy\b|exceed|concurrent|simultan/i,
    'too-many-connections',
  ],
  [/denied|not (?:allowed|permitted|welcome|authori[sz]ed)|forbidden|your (?:ip|host)/i, 'banned'],
];

/** The RFC has one code, 421, for all reasons to send a client away: only the words tell more. */
export function readRefusal(reply: Reply): RefusalReason {
  const text = replyText(reply);
  const known = wordings.find(([pattern]) => pattern.test(text));
  if (known) return { cause: known[1], certainty: 'likely' };
  return { cause: reply.code === 421 ? 'too-many-connections' : 'banned', certainty: 'unknown' };
}

/** For a server that sends us away before it has heard a password. */
export function turnedAway(reply: Reply, quoted: string): Finding {
  const { cause, certainty } = readRefusal(reply);
  const explanation = `The server turns us away before the login: ${quoted}.`;
  return { cause, certainty, blocks: true, explanation, advice: refusalAdvice[cause] };
}

/** What to do where a server sends us away. */
export const refusalAdvice: Readonly<Record<RefusalReason['cause'], string>> = {
  banned:
    'Wait, or ask whoever runs the server whether this address is banned: many servers ban those ' +
    'who gave a wrong password several times.',
  'too-many-connections':
    'Close other programs that are connected to this server, and lower the number of connections ' +
    'of the site. If nobody else is connected, try again later.',
};
