import { rungWords } from '../../ftp/rung.ts';
import { neededPorts } from './dataPortVerdict.ts';
import type { DoctorReport, Outcome, RungTrial, Stage, TrialOutcome } from './report.ts';

const marks: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  failed: 'FAILED',
  warning: 'warning',
  skipped: 'skipped',
};

/** The whole report as text, to be shown to others: it holds no secrets and no user name. */
export function reportText(report: DoctorReport): string {
  const { network, security } = report;
  return [
    `Connection Doctor: ${network.host}, port ${network.port}, security ${security}`,
    '',
    verdictText(report),
    '',
    ...report.stages.map(stageText),
    ...(network.trials.length > 0 ? ['', networkText(report)] : []),
    '',
  ].join('\n');
}

/** The cause, in words, and what the user can do. */
export function verdictText({
  cause,
  certainty,
  usable,
  explanation,
  advice,
  fix,
}: DoctorReport): string {
  const doubt = certainty === 'certain' ? '' : ` (${certainty})`;
  const works = usable && cause !== 'none' ? ' You can still work with this site.' : '';
  return [
    `Cause: ${cause}${doubt}`,
    `${explanation}${works}`,
    advice,
    fix ? `Fix: ${fix.label}.` : '',
    fix?.risk ?? '',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** A stage, and below it its attempts. */
export function stageText({ title, outcome, ms, summary, tried }: Stage): string {
  const time = outcome === 'skipped' ? '' : ` (${Math.round(ms)} ms)`;
  return [
    `${title}: ${marks[outcome]}. ${summary}${time}`,
    ...tried.map(
      ({ what, outcome: came, said }) =>
        `  ${what}: ${came === 'ok' ? said : `${marks[came]}, ${said}`}`,
    ),
  ].join('\n');
}

/** Which side connected to which port, and what a firewall must let through for each data port. */
function networkText(report: DoctorReport): string {
  const { trials, clientAddress, serverAddress, passiveAddress, proxy } = report.network;
  return [
    `Client ${clientAddress ?? 'unknown'}, server ${serverAddress ?? 'unknown'}`,
    ...(proxy === undefined ? [] : [`Through the proxy ${proxy}`]),
    ...(passiveAddress === undefined ? [] : [`PASV names the address ${passiveAddress}`]),
    ...trials.map(
      (trial) => `  ${rungWords(trial.rung)}: ${outcomeWords[trial.outcome]}; ${wayText(trial)}`,
    ),
    'Firewalls must let through',
    ...neededPorts(report).map(
      ({ dataPort, client, server }) =>
        `  ${dataPort}: at the client ${client}; at the server ${server}`,
    ),
  ].join('\n');
}

/** The result of a data connection, in words. */
export const outcomeWords: Readonly<Record<TrialOutcome, string>> = {
  worked: 'worked',
  refused: 'refused',
  timedOut: 'no answer',
  broken: 'broke off',
  notOffered: 'not offered',
  notTried: 'not tried',
};

/** "the client dials from port 40000 to port 50000" */
export function wayText({ dialledBy, clientPort, serverPort }: RungTrial): string {
  const [from, to] = dialledBy === 'client' ? [clientPort, serverPort] : [serverPort, clientPort];
  const other = dialledBy === 'client' ? 'server' : 'client';
  return (
    `the ${dialledBy} dials${from === undefined ? '' : ` from port ${from}`}` +
    ` to the ${other}${to === undefined ? '' : `'s port ${to}`}`
  );
}
