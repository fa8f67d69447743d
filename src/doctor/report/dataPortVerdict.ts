import type { Rung } from '../../ftp/rung.ts';
import type { Finding } from './finding.ts';
import type { Fix, RungTrial } from './report.ts';

/** What the verdict depends on besides the trials. */
export interface VerdictContext {
  /** The rungs that the site's settings leave. */
  readonly rungs: readonly Rung[];
  readonly usePassiveAddress: boolean;
  /** The address in the 227 reply, where it is not the server's. */
  readonly passiveAddress: string | undefined;
  /** Folders can be listed without any data connection. */
  readonly canBrowse: boolean;
}

/** `blocked`: somebody on the way drops it, or turns it down. `absent`: the server does not offer it. */
type Way = 'open' | 'blocked' | 'absent';

/** What the pattern of data connections that worked and failed means. Pure. */
export function judgeDataPorts(
  trials: readonly RungTrial[],
  context: VerdictContext,
): readonly Finding[] {
  const worked = trials.filter(({ outcome }) => outcome === 'worked');
  const isUsable = worked.some(({ rung }) =>
    context.rungs.some(({ mode, dataPort }) => mode === rung.mode && dataPort === rung.dataPort),
  );
  const situation = { trials, context, anyWorked: worked.length > 0, isUsable };
  const found = [reuseMissing(situation), ...ways(situation), privateAddress(situation)].filter(
    (finding) => finding !== undefined,
  );
  if (isUsable || found.some(({ blocks }) => blocks)) return found;
  return [...found, nothingWorks(situation)];
}

interface Situation {
  readonly trials: readonly RungTrial[];
  readonly context: VerdictContext;
  readonly anyWorked: boolean;
  readonly isUsable: boolean;
}

// vsftpd says 522, ProFTPD 425, after the handshake; by then the data connection stood.
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
      'The server demands that data connections resume the TLS session of the control connection, ' +
      `and no session could be resumed: it said ${refused[0]?.said ?? 'no'}.`,
    advice:
      'Ask whoever runs the server to let TLS sessions be resumed (session tickets), or not to demand it.',
  };
}

function ways({ trials, context, anyWorked, isUsable }: Situation): readonly Finding[] {
  // An address that leads astray says nothing of firewalls.
  const misled = context.usePassiveAddress && context.passiveAddress !== undefined;
  const passive = wayOf(trials, misled ? ['epsv'] : ['epsv', 'pasv']);
  const chosen = wayOf(trials, ['eprt', 'port']);
  const byDefault = wayOf(trials, ['default']);
  const blocks = !isUsable;
  const isHidden = chosen === 'absent' && looksHidden(trials);
  if (passive === 'open' && (chosen === 'blocked' || isHidden)) {
    return [clientFiltered(blocks)];
  }
  if (passive !== 'blocked') return [];
  if (chosen === 'open' || byDefault === 'open') return [serverFiltered(blocks)];
  if (anyWorked) return [];
  return [somewhereFiltered(context.canBrowse)];
}

// Behind a NAT a server refuses to dial the address that we name, for it is not the one that it sees;
// 502 would mean that it knows no such command (RFC 959, 4.2.1).
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
  // 425 is what a server says whose dialling was turned down.
  const blocked = of.some(
    ({ outcome, replyCode }) =>
      outcome === 'timedOut' ||
      (outcome === 'refused' && (replyCode === undefined || replyCode === 425)),
  );
  return blocked ? 'blocked' : 'absent';
}

function clientFiltered(blocks: boolean): Finding {
  return {
    cause: 'data-ports-filtered-client',
    certainty: 'likely',
    blocks,
    explanation:
      'Connections from here to the server get through, connections from the server to here do ' +
      'not: a firewall or a router at this side lets nobody in. ' +
      (blocks ? boundToOthers : 'That is usual, and nothing is lost by it.'),
    advice: blocks
      ? 'Let the data port and the mode be chosen automatically: then the client dials.'
      : 'There is nothing to do: the client dials.',
    ...(blocks && { fix: lettingPortsBeChosen }),
  };
}

function serverFiltered(blocks: boolean): Finding {
  return {
    cause: 'data-ports-filtered-server',
    certainty: 'likely',
    blocks,
    explanation:
      'The server gets through to here, but its passive data ports (EPSV, PASV) cannot be reached: ' +
      'a firewall or a router in front of the server does not let them through.' +
      (blocks ? ` ${boundToOthers}` : ''),
    advice: blocks
      ? 'Let the data port and the mode be chosen automatically, or ask whoever runs the server to ' +
        'open the range of passive ports that its configuration names.'
      : 'Whoever runs the server should open the range of passive ports that its configuration ' +
        'names. The server dialling us works in the meantime.',
    ...(blocks && { fix: lettingPortsBeChosen }),
  };
}

function somewhereFiltered(canBrowse: boolean): Finding {
  return {
    cause: 'data-ports-filtered-somewhere',
    certainty: 'unknown',
    blocks: true,
    explanation:
      'No data connection gets through, neither from here to the server nor from the server to ' +
      'here. Whether a firewall at this side or at the server blocks them cannot be told from here.' +
      (canBrowse ? ' Folders can be browsed all the same, over the control connection.' : ''),
    advice:
      'Try from another network: if it works there, the firewall is at this side. Otherwise whoever ' +
      'runs the server should open its passive ports, or let the server connect from port 20.',
  };
}

const boundToOthers =
  'The data port and the mode that the site is set to do not work here; others do.';

const lettingPortsBeChosen: Fix = {
  label: 'Let the data port and the mode be chosen automatically',
  changes: { mode: 'auto', dataPort: 'auto' },
};

function privateAddress({ trials, context, isUsable }: Situation): Finding | undefined {
  const { passiveAddress, usePassiveAddress } = context;
  if (passiveAddress === undefined) return undefined;
  const failed = wayOf(trials, ['pasv']) !== 'open';
  return {
    cause: 'private-passive-address',
    certainty: 'certain',
    blocks: usePassiveAddress && failed && !isUsable,
    explanation:
      `The server's reply to PASV names the address ${passiveAddress}, which is not the one that it ` +
      'is reached at: it does not know its own outer address.',
    advice: usePassiveAddress
      ? 'Let that address be ignored: then the address is dialled at which the server answers.'
      : 'It is ignored here, and the server itself is dialled. Whoever runs the server should set ' +
        'its outer address for passive connections.',
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
      : `The server opens no data connection in any way${seen ? `: ${seen.said}` : ''}.`,
    advice: anyWorked
      ? 'Let the data port and the mode be chosen automatically.'
      : 'Ask whoever runs the server to look into its log.',
    ...(anyWorked && { fix: lettingPortsBeChosen }),
  };
}

// A server that lets us in no more has said nothing of its data ports.
function nothingTried([first]: readonly RungTrial[]): Finding {
  return {
    cause: 'interrupted',
    certainty: 'unknown',
    blocks: true,
    explanation: `No data connection could be tried${first ? `: ${first.said}` : ''}.`,
    advice: 'Try again later. If it happens again, the log of the server may say why.',
  };
}
