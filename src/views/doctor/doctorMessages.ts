// The words of the Connection Doctor's page. The sentences of its findings come with the report.
import { l10n } from 'vscode';
import type { Certainty, CauseId, Outcome, StageId } from '../../doctor/report/report.ts';

const headlines = {
  none: () => l10n.t('All is well'),
  'host-unknown': () => l10n.t('The host is not known'),
  'nobody-listens': () => l10n.t('No program listens at this port'),
  'no-answer': () => l10n.t('The host does not answer'),
  proxy: () => l10n.t('The proxy does not connect to the server'),
  'ssh-on-port': () => l10n.t('This port speaks SSH, not FTP'),
  'http-on-port': () => l10n.t('This port speaks HTTP, not FTP'),
  'not-ftp': () => l10n.t('This port does not speak FTP'),
  'implicit-tls-expected': () => l10n.t('The server expects TLS at once'),
  'explicit-tls-expected': () => l10n.t('The server begins TLS only when asked'),
  'tls-required': () => l10n.t('The server requires TLS'),
  'tls-not-offered': () => l10n.t('The server offers no TLS'),
  'tls-version': () => l10n.t('No TLS version in common'),
  'tls-failed': () => l10n.t('TLS could not be set up'),
  'certificate-unknown': () => l10n.t('The certificate is not trusted'),
  'certificate-wrong-host': () => l10n.t('The certificate is for another host'),
  'certificate-expired': () => l10n.t('The certificate has expired'),
  'clock-wrong': () => l10n.t('A clock is wrong'),
  'client-certificate-required': () => l10n.t('The server requires a client certificate'),
  'login-refused': () => l10n.t('The server refuses the login'),
  banned: () => l10n.t('The server refuses this client'),
  'too-many-connections': () => l10n.t('Too many connections at a time'),
  'command-unanswered': () => l10n.t('The server does not survive a command'),
  interrupted: () => l10n.t('The connection ended too early'),
  'private-passive-address': () => l10n.t('The server names an address that cannot be reached'),
  'data-ports-filtered-client': () =>
    l10n.t('A firewall or router on your side lets no connections in'),
  'data-ports-filtered-server': () => l10n.t("The server's firewall blocks data connections"),
  'data-ports-filtered-somewhere': () => l10n.t('A firewall blocks data connections'),
  'data-ports-refused': () => l10n.t('Data connections fail'),
  'session-reuse-missing': () => l10n.t('TLS sessions are not resumed'),
  'time-offset': () => l10n.t('The times of the server differ from ours'),
  charset: () => l10n.t('Names are not in UTF-8'),
} satisfies Record<CauseId, () => string>;

const stageTitles = {
  name: () => l10n.t('Name'),
  tcp: () => l10n.t('Connection'),
  greeting: () => l10n.t('Greeting'),
  tls: () => l10n.t('TLS'),
  certificate: () => l10n.t('Certificate'),
  login: () => l10n.t('Login'),
  features: () => l10n.t('Features'),
  connections: () => l10n.t('Number of connections'),
  dataPorts: () => l10n.t('Data ports'),
  sessionReuse: () => l10n.t('TLS session reuse'),
  listing: () => l10n.t('Listing'),
  charset: () => l10n.t('Names'),
  renameOver: () => l10n.t('Renaming over a file'),
  clock: () => l10n.t('Clock'),
} satisfies Record<StageId, () => string>;

const outcomes = {
  ok: () => l10n.t('passed'),
  failed: () => l10n.t('failed'),
  warning: () => l10n.t('worth knowing'),
  skipped: () => l10n.t('skipped'),
} satisfies Record<Outcome, () => string>;

const certainties = {
  certain: () => l10n.t('certain'),
  likely: () => l10n.t('likely'),
  unknown: () => l10n.t('not certain'),
} satisfies Record<Certainty, () => string>;

export const doctorWords = {
  title: (site: string): string => l10n.t('Connection Doctor: {site}', { site }),
  headline: (cause: CauseId): string => headlines[cause](),
  stageTitle: (stage: StageId): string => stageTitles[stage](),
  stageOver: (title: string, outcome: string): string =>
    l10n.t('{title}: {outcome}', { title, outcome }),
  wellEnough: (): string => l10n.t('Well enough to work with'),
  outcome: (outcome: Outcome): string => outcomes[outcome](),
  certainty: (certainty: Certainty): string => certainties[certainty](),
  running: (): string => l10n.t('Testing the connection'),
  runningNow: (): string =>
    l10n.t('Each data port is tested by itself. This may take two minutes.'),
  progress: (over: number, all: number): string =>
    l10n.t('{over} of {all} tests are done', { over, all }),
  stopped: (): string => l10n.t('The test was stopped'),
  broken: (): string => l10n.t('The test could not be done'),
  picture: (): string => l10n.t('Who can connect to whom'),
  stages: (): string => l10n.t('What was tested'),
  stage: (): string => l10n.t('Test'),
  result: (): string => l10n.t('Result'),
  time: (): string => l10n.t('Time'),
  milliseconds: (ms: string): string => l10n.t('{ms} ms', { ms }),
  usable: (): string => l10n.t('You can work with this site as it is set.'),
  details: (count: number): string =>
    count === 1 ? l10n.t('1 detail') : l10n.t('{count} details', { count }),
  again: (): string => l10n.t('Test Again'),
  againWriting: (): string => l10n.t('Test Again, Writing Two Small Files'),
  stop: (): string => l10n.t('Stop'),
  copy: (): string => l10n.t('Copy Report'),
  copied: (): string => l10n.t('The report was copied. It holds no password and no user name.'),
  askToFix: (fix: string): string => l10n.t('{fix}?', { fix }),
};
