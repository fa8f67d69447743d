import type { DataPortName, Rung } from '../../ftp/rung.ts';
import type { Finding } from './finding.ts';
import type { DoctorReport, Fix, RungTrial } from './report.ts';

/** What else the verdict depends on, besides the trials. */
export interface VerdictFacts {
  /** The rungs that the site's settings leave. */
  readonly rungs: readonly Rung[];
  readonly usePassiveAddress: boolean;
  /** The address in the 227 reply, where it is not the server's. */
  readonly passiveAddress: string | undefined;
  /** Folders can be listed without any data connection. */
  readonly canBrowse: boolean;
}

/** `blocked`: something on the way drops or refuses it. `absent`: the server does not offer it. */
type Way = 'open' | 'blocked' | 'absent';

/** What the pattern of working and failing data connections means. Pure. */
export function judgeDataPorts(
  trials: readonly RungTrial[],
  facts: VerdictFacts,
): readonly Finding[] {
  const worked = trials.filter(({ outcome }) => outcome === 'worked');
  const isUsable = worked.some(({ rung }) =>
    facts.rungs.some(({ mode, dataPort }) => mode === rung.mode && dataPort === rung.dataPort),
  );
  const situation = { trials, facts, anyWorked: worked.length > 0, isUsable };
  const found = [reuseMissing(situation), ...ways(situation), privateAddress(situation)].filter(
    (finding) => finding !== undefined,
  );
  if (isUsable || found.some(({ blocks }) => blocks)) return found;
  return [...found, nothingWorks(situation)];
}

interface Situation {
  readonly trials: readonly RungTrial[];
  readonly facts: VerdictFacts;
  readonly anyWorked: boolean;
  readonly isUsable: boolean;
}

// vsftpd says 522 and ProFTPD 425, after the handshake: by then the data connection was open.
function reuseMissing({ trials, anyWorked, isUsable }: Situation): Finding | undefined {
  const refused = trials.filter(
    ({ outcome, resumed, replyCode }) =>
      outcome === 'broken' && resumed === false && (replyCode === 522 || replyCode === 425),
  );
  if (refused.length === 0 || trials.some(({ resumed }) => resumed === true)) return undefined;
  return {
    cause: 'session-reuse-missing',
    certainty: refused.some(({ replyCode }) => replyCode === 522) ? 'certain' : 'likely',
    blocks: !isUsable && !anyWorked,
    explanation:
      'The server requires that data connections resume the TLS session of the control connection, ' +
      `but no session could be resumed: it said ${refused[0]?.said ?? 'no'}.`,
    advice:
      "Ask the server's administrator to allow TLS sessions to be resumed (session tickets), or not to " +
      'require it.',
  };
}

function ways({ trials, facts, anyWorked, isUsable }: Situation): readonly Finding[] {
  // A wrong address in the reply to PASV says nothing about firewalls.
  const misled = facts.usePassiveAddress && facts.passiveAddress !== undefined;
  const passive = wayOf(trials, misled ? ['epsv'] : ['epsv', 'pasv']);
  const chosen = wayOf(trials, ['eprt', 'port']);
  const byDefault = wayOf(trials, ['default']);
  const blocks = !isUsable;
  const isHidden = chosen === 'absent' && looksHidden(trials);
  if (passive === 'open' && (chosen === 'blocked' || isHidden)) {
    return [filteredAt('client', blocks)];
  }
  if (passive !== 'blocked') return [];
  if (chosen === 'open' || byDefault === 'open') return [filteredAt('server', blocks)];
  if (anyWorked) return [];
  return [somewhereFiltered(facts.canBrowse)];
}

// Behind a NAT, a server refuses to connect to the address that we name, because it sees another one.
// 502 would mean that it does not know the command (RFC 959, 4.2.1).
function looksHidden(trials: readonly RungTrial[]): boolean {
  return (
    trials.some(({ rung, outcome }) => rung.dataPort === 'default' && outcome === 'timedOut') &&
    trials.some((trial) => isChosen(trial) && ![undefined, 502].includes(trial.replyCode))
  );
}

const isChosen = ({ rung }: RungTrial): boolean => ['eprt', 'port'].includes(rung.dataPort);

function wayOf(trials: readonly RungTrial[], ports: readonly string[]): Way {
  const of = trials.filter(({ rung }) => ports.includes(rung.dataPort));
  if (of.some(({ outcome }) => outcome === 'worked')) return 'open';
  // A server says 425 when its own connection attempt was refused.
  const blocked = of.some(
    ({ outcome, replyCode }) =>
      outcome === 'timedOut' ||
      (outcome === 'refused' && (replyCode === undefined || replyCode === 425)),
  );
  return blocked ? 'blocked' : 'absent';
}

interface FilterWords {
  readonly seen: string;
  /** Why it does not matter, where the site uses another way. */
  readonly harmless: string;
  readonly advice: string;
  /** The advice where the site is set to a way that is blocked. */
  readonly adviceIfBound: string;
}

const openPassivePorts =
  "sk the server's administrator to open the range of passive ports that its configuration names.";

const filterWords: Readonly<Record<'client' | 'server', FilterWords>> = {
  client: {
    seen:
      'Connections from here to the server work, but connections from the server to here do not: ' +
      'a firewall or a router on this side lets none in.',
    harmless: 'That is usual and does no harm.',
    advice: 'There is nothing to do: this machine opens the connections.',
    adviceIfBound:
      'Let Portside choose the data port and the mode: then this machine opens the connections.',
  },
  server: {
    seen:
      'The server can connect to this machine, but its passive data ports (EPSV, PASV) cannot be ' +
      'reached: a firewall or a router in front of the server blocks them.',
    harmless: '',
    advice: `A${openPassivePorts} Until then the server connects to this machine, which works.`,
    adviceIfBound: `Let Portside choose the data port and the mode, or a${openPassivePorts}`,
  },
};

/** A firewall at one side. `blocks`: the site is set to a way that it blocks. */
function filteredAt(side: 'client' | 'server', blocks: boolean): Finding {
  const { seen, harmless, advice, adviceIfBound } = filterWords[side];
  return {
    cause: `data-ports-filtered-${side}`,
    certainty: 'likely',
    blocks,
    explanation: `${seen} ${blocks ? boundToOthers : harmless}`.trimEnd(),
    advice: blocks ? adviceIfBound : advice,
    ...(blocks && { fix: chooseFreely }),
  };
}

function somewhereFiltered(canBrowse: boolean): Finding {
  return {
    cause: 'data-ports-filtered-somewhere',
    certainty: 'unknown',
    blocks: true,
    explanation:
      'No data connection works, neither from here to the server nor from the server to here. ' +
      'Whether the firewall is on this side or on the server side cannot be told from here.' +
      (canBrowse ? ' You can still browse folders, over the control connection.' : ''),
    advice:
      'Try from another network: if it works there, the firewall is on this side. Otherwise ask the ' +
      "server's administrator to open its passive ports, or to let the server connect from port 20.",
  };
}

const boundToOthers =
  'The data port and the mode that the site is set to do not work here, but others do.';

const chooseFreely: Fix = {
  label: 'Choose the data port and the mode automatically',
  changes: { mode: 'auto', dataPort: 'auto' },
};

function privateAddress({ trials, facts, isUsable }: Situation): Finding | undefined {
  const { passiveAddress, usePassiveAddress } = facts;
  if (passiveAddress === undefined) return undefined;
  const failed = wayOf(trials, ['pasv']) !== 'open';
  return {
    cause: 'private-passive-address',
    certainty: 'certain',
    blocks: usePassiveAddress && failed && !isUsable,
    explanation:
      `The server's reply to PASV names the address ${passiveAddress}, but the server was reached at ` +
      'another one: it does not know its own public address.',
    advice: usePassiveAddress
      ? 'Ignore that address: then Portside connects to the address at which the server answers.'
      : 'Portside ignores it and connects to the server itself. The administrator should set the ' +
        "server's public address for passive connections.",
    ...(usePassiveAddress && {
      fix: {
        label: 'Ignore the address that the server names',
        changes: { usePassiveAddress: false },
      },
    }),
  };
}

function nothingWorks({ trials, anyWorked }: Situation): Finding {
  if (trials.every(({ outcome }) => outcome === 'notTried')) return nothingTried(trials);
  const seen = trials.find(({ outcome }) => ['refused', 'broken'].includes(outcome)) ?? trials[0];
  return {
    cause: 'data-ports-refused',
    certainty: anyWorked ? 'certain' : 'likely',
    blocks: true,
    explanation: anyWorked
      ? boundToOthers
      : `The server opens no data connection at all${seen ? `: ${seen.said}` : ''}.`,
    advice: anyWorked
      ? 'Let Portside choose the data port and the mode.'
      : "Ask the server's administrator to look into its log.",
    ...(anyWorked && { fix: chooseFreely }),
  };
}

// A server that refuses every further login has shown nothing about its data ports.
function nothingTried([first]: readonly RungTrial[]): Finding {
  return {
    cause: 'interrupted',
    certainty: 'unknown',
    blocks: true,
    explanation: `No data connection could be tried${first ? `: ${first.said}` : ''}.`,
    advice: 'Try again later. If it happens again, the log of the server may tell why.',
  };
}

/** What firewalls on both sides must let through for a data port to work, in words. */
export interface NeededPorts {
  readonly dataPort: DataPortName;
  readonly client: string;
  readonly server: string;
}

/** For each data port; the ports that the test has seen stand as examples. */
export function neededPorts({ network, security }: DoctorReport): readonly NeededPorts[] {
  const { port } = network;
  const below = security === 'implicit' ? 989 : port - 1;
  const passive = seen(network.trials, ['epsv', 'pasv'], ({ serverPort }) => serverPort);
  const chosen = seen(network.trials, ['eprt', 'port'], ({ clientPort }) => clientPort);
  return [
    {
      dataPort: 'default',
      client: 'in, to the port that it uses for the control connection',
      server: `out, from port ${below}`,
    },
    ...(['epsv', 'pasv'] as const).map((dataPort) => ({
      dataPort,
      client: 'out, to any port',
      server: `in, to its passive ports${passive}`,
    })),
    ...(['eprt', 'port'] as const).map((dataPort) => ({
      dataPort,
      client: `in, to the ports that it names${chosen}`,
      server: `out, from port ${below}`,
    })),
  ];
}

// More do not fit into a line.
const mostSeen = 3;

function seen(
  trials: readonly RungTrial[],
  ports: readonly DataPortName[],
  portOf: (trial: RungTrial) => number | undefined,
): string {
  const numbers = trials
    .filter(({ rung }) => ports.includes(rung.dataPort))
    .map(portOf)
    .filter((port) => port !== undefined);
  return numbers.length > 0
    ? ` (seen: ${[...new Set(numbers)].slice(0, mostSeen).join(', ')})`
    : '';
}
