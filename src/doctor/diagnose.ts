import { errorMessage } from '../base/errorMessage.ts';
import { FtpError } from '../ftp/errors.ts';
import type { Credentials } from '../ftp/options.ts';
import { Omissions } from '../ftp/profile/omissions.ts';
import {
  type DoctorOptions,
  type ExaminationParts,
  longestExaminationMs,
  type Subject,
} from './doctorOptions.ts';
import { Examination, secretsOf } from './examination.ts';
import type { Conversation } from './probes/conversation.ts';
import { ProbeConnection } from './probes/probeConnection.ts';
import { type Finding, gravest, interrupted } from './report/finding.ts';
import type { DoctorReport, Stage } from './report/report.ts';
import { checkCertificate } from './stages/certificate.ts';
import { checkNames } from './stages/charset.ts';
import { checkClock } from './stages/clock.ts';
import { countConnections } from './stages/connections.ts';
import { tryDataPorts } from './stages/dataPorts.ts';
import { askFeatures } from './stages/features.ts';
import { hearGreeting } from './stages/greeting.ts';
import { tryListings } from './stages/listing.ts';
import { logIn } from './stages/login.ts';
import { findAddresses } from './stages/name.ts';
import { tryRenameOver } from './stages/renameOver.ts';
import { checkSessionReuse } from './stages/sessionReuse.ts';
import { reachServer } from './stages/tcp.ts';
import { agreeOnTls } from './stages/tls.ts';

/**
 * Tests a site stage by stage and names what is wrong. Calls `onStage` as each stage ends. Sends no
 * user name where TLS is required but missing, nor to a server that is not trusted. Rejects with the
 * signal's reason only.
 */
export async function diagnose(
  options: DoctorOptions,
  credentials: Credentials,
  parts: ExaminationParts,
  signal: AbortSignal,
  onStage: (stage: Stage) => void = () => {},
): Promise<DoctorReport> {
  const { host, port, proxy } = options.connect;
  const picture = {
    host,
    port,
    control: 'none',
    trials: [],
    ...(proxy && { proxy: `${proxy.host}:${proxy.port}` }),
  } as const;
  const secrets = secretsOf(credentials, proxy);
  const exam = new Examination(parts.clock, secrets, picture, onStage);
  const subject: Subject = { options, credentials, parts, omissions: new Omissions() };
  const what = 'the examination';
  using patience = parts.clock.deadline(longestExaminationMs, what, signal);
  try {
    await examine(exam, subject, patience.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof FtpError) && error !== patience.signal.reason) throw error;
    // The user can work once files move, even though not everything could be tried.
    const blocks = !exam.picture.trials.some(({ outcome }) => outcome === 'worked');
    exam.findings.push({ ...interrupted(exam.quote(errorMessage(error))), blocks });
  }
  return reportOf(exam, options);
}

async function examine(exam: Examination, subject: Subject, signal: AbortSignal): Promise<void> {
  const addresses = await findAddresses(exam, subject, signal);
  const reached = addresses && (await reachServer(exam, subject, addresses, signal));
  if (!reached) return;
  await using probe = new ProbeConnection(subject, reached.transport);
  const conversation = { exam, subject, probe, address: reached.address };
  if (!(await openSession(conversation, signal))) return;
  const known = await askFeatures(conversation, signal);
  if (!known) return;
  await countConnections(conversation, signal);
  // From here on each data port has a login of its own. The server may allow only one at a time.
  await probe.leave(signal);
  await probe[Symbol.asyncDispose]();
  const spared = withoutCommands(known.hasFolder ? subject : atLogin(subject));
  const further = { ...conversation, subject: spared };
  const paths = await tryDataPorts(further, known, signal);
  exam.findings.push(...omissionFinding(spared));
  await checkSessionReuse(exam);
  if (!paths) return;
  const listings = await tryListings(further, known, paths, signal);
  await checkNames(further, listings);
  const fresh = await tryRenameOver(further, paths, signal);
  await checkClock(exam, known.dated, fresh);
}

/** The same, in the folder where the server puts the user. */
function atLogin(subject: Subject): Subject {
  const { folder: _missing, ...options } = subject.options;
  return { ...subject, options };
}

/** The commands at which the server fell silent or closed the connection. */
function verbsOf({ omissions, parts }: Subject): readonly string[] {
  const said = omissions.current(parts.clock.now());
  return [...new Set(said.map((line) => line.split(' ', 1)[0] ?? line))];
}

/** The same subject, without the commands that its server has not survived. */
function withoutCommands(subject: Subject): Subject {
  const { options } = subject;
  const skipCommands = [...new Set([...options.connect.skipCommands, ...verbsOf(subject)])];
  return { ...subject, options: { ...options, connect: { ...options.connect, skipCommands } } };
}

/** What the report says of those commands. */
function omissionFinding(subject: Subject): readonly Finding[] {
  const verbs = verbsOf(subject);
  if (verbs.length === 0) return [];
  const words = verbs.join(' and ');
  const { skipCommands } = withoutCommands(subject).options.connect;
  return [
    {
      cause: 'command-unanswered',
      certainty: 'certain',
      blocks: false,
      explanation:
        `The server does not survive ${words}: it gave no answer, or closed the connection. ` +
        'All further tests were made without.',
      advice:
        `Never send ${words} to this site (--skip ${verbs.join(',')} in the command line). Otherwise ` +
        'Portside tries it again now and then, which costs some seconds and a login each time.',
      fix: { label: `Never send ${words}`, changes: { skipCommands } },
    },
  ];
}

/** Everything up to the login; false where the login was not reached. */
async function openSession(conversation: Conversation, signal: AbortSignal): Promise<boolean> {
  const { security } = conversation.subject.options.connect;
  // Implicit TLS begins before either side says a word.
  if (security === 'implicit') {
    if (!(await protect(conversation, signal))) return false;
    if (!(await hearGreeting(conversation, signal))) return false;
  } else {
    if (!(await hearGreeting(conversation, signal))) return false;
    if (!(await protect(conversation, signal))) return false;
  }
  return (await logIn(conversation, signal)) === true;
}

async function protect(conversation: Conversation, signal: AbortSignal): Promise<boolean> {
  const state = await agreeOnTls(conversation, signal);
  return state !== undefined && (await checkCertificate(conversation, state)) === true;
}

function reportOf(
  { findings, stages, picture }: Examination,
  options: DoctorOptions,
): DoctorReport {
  const found = gravest(findings);
  const common = { security: options.connect.security, stages, network: { ...picture } };
  if (!found) {
    return {
      cause: 'none',
      certainty: 'certain',
      usable: true,
      explanation: stages.some(({ outcome }) => outcome === 'warning')
        ? 'You can work with this site. Some tests found something worth knowing.'
        : 'Everything that was tested works.',
      advice: '',
      ...common,
    };
  }
  const { cause, certainty, explanation, advice, fix, blocks } = found;
  const words = { cause, certainty, explanation, advice };
  return { ...words, usable: !blocks, ...(fix && { fix }), ...common };
}
