import type { CommandRule, CommandSession } from '../commandRule.ts';
import { longReply, Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import { accessCommands, securityCommands } from './accessCommands.ts';
import { fileCommands } from './fileCommands.ts';
import { listingCommands } from './listingCommands.ts';
import { defaultFacts, type FactName, factNames } from './listingFormat.ts';
import { transferCommands, transferParameterCommands } from './transferCommands.ts';

function features(session: CommandSession): ServerReply {
  const { options, personality } = session.server;
  const lines = [
    // Of no RFC: AUTH may be said as soon as the connection is there, and is answered after the greeting.
    ...(options.tls === 'explicit' ? ['AUTH TLS', 'EARLY-AUTH'] : []),
    ...(options.defaultPortOnly ? [] : ['EPRT', 'EPSV']),
    'HASH SHA-256*',
    'HOST',
    'MDTM',
    'MFMT',
    `MLST ${factsFeature(session)}`,
    ...(options.tls === 'none' ? [] : ['PBSZ', 'PROT']),
    'REST STREAM',
    'SIZE',
    'TVFS',
    'UTF8',
  ];
  const unknown = new Set(personality.unknown);
  const known = lines.filter((line) => !unknown.has(line.split(' ', 1)[0] ?? ''));
  // RFC 2389, 3.2: each feature line begins with one space.
  return longReply(
    211,
    'Features',
    known.map((line) => ` ${line}`),
    'End',
  );
}

function chooseOption(session: CommandSession, argument: string): ServerReply {
  const [, name = '', value = ''] = /^(\S+)(?: (.*))?$/.exec(argument) ?? [];
  switch (name.toUpperCase()) {
    case 'UTF8':
      // Pathnames are bytes here: UTF-8 is always on, and cannot be turned off.
      if (/^(ON|)$/i.test(value)) return reply(200, 'UTF-8 is on');
      throw new Refusal(504, 'UTF-8 is always on');
    case 'MLST':
      return chooseFacts(session, value);
    case 'HASH':
      if (/^(SHA-256|)$/i.test(value)) return reply(200, 'SHA-256');
      throw new Refusal(504, 'Only SHA-256 is known');
    default:
      throw new Refusal(501, 'No such option');
  }
}

// RFC 3659, 7.9: mlst-opts = "OPTS" SP "MLST" [ SP 1*( factname ";" ) ]. 7.2 gives the letters of a
// factname.
const factNamesForm = /^(?:[A-Za-z0-9,.:!@#$%^&()\-_+?/\\'"]+;)*$/;

/**
 * RFC 3659, 7.9: OPTS MLST names the facts that the client wants. Unknown ones are left out, and the
 * reply names the others.
 */
function chooseFacts(session: CommandSession, argument: string): ServerReply {
  if (!factNamesForm.test(argument)) throw new Refusal(501, 'OPTS MLST fact;fact;');
  const asked = argument.split(';').map((name) => name.toLowerCase());
  const facts = new Set<FactName>(factNames.filter((name) => asked.includes(name.toLowerCase())));
  session.state.facts = facts;
  const chosen = [...facts].map((name) => `${name};`).join('');
  return reply(200, chosen === '' ? 'MLST OPTS' : `MLST OPTS ${chosen}`);
}

/** RFC 3659, 7.8: the MLST line of FEAT. A star marks the facts that are on. */
function factsFeature({ state }: CommandSession): string {
  return [...defaultFacts].map((name) => `${name}${state.facts.has(name) ? '*' : ''};`).join('');
}

/** RFC 959, 4.1.3, and RFC 2389: what the server is, and what it can do. */
const informationCommands: Readonly<Record<string, CommandRule>> = {
  FEAT: { needs: 'nothing', argument: 'none', run: features },
  OPTS: { needs: 'nothing', argument: 'needed', run: chooseOption },
  SYST: {
    needs: 'nothing',
    argument: 'none',
    run: ({ server }) => reply(215, server.personality.system ?? 'UNIX Type: L8'),
  },
  NOOP: { needs: 'nothing', argument: 'none', run: () => reply(200, 'Still here') },
};

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
