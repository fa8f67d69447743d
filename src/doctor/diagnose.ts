import { FtpError } from '../ftp/errors.ts';
import type { Credentials } from '../ftp/options.ts';
import { Omissions } from '../ftp/profile/omissions.ts';
import {
  type ExaminationParts,
  type DoctorOptions,
  longestExaminationMs,
  type Subject,
} from './doctorOptions.ts';
import { Examination, secretsOf } from './examination.ts';
import type { Conversation } from './probes/conversation.ts';
import { messageOf } from './probes/dialling.ts';
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
 * Examines a site stage by stage and names what is wrong. `onStage` is told of each stage as it ends.
 * No user name is sent where TLS is required and not had, or to a server that is not trusted. Rejects
 * with the signal's reason only.
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
    // Where files already move one can work, though not everything could be tried.
    const blocks = !exam.picture.trials.some(({ outcome }) => outcome === 'worked');
    exam.findings.push({ ...interrupted(exam.quote(messageOf(error))), blocks });
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
  // From here on each data port has a session of its own: a server may take one at a time only.
  await probe.leave(signal);
  await probe[Symbol.asyncDispose]();
  const spared = leaveOut(known.hasFolder ? subject : atLogin(subject));
  const further = { ...conversation, subject: spared };
  const paths = await tryDataPorts(further, known, signal);
  exam.findings.push(...unsurvived(spared));
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

/** The verbs that the server was seen not to survive. */
function verbsOf({ omissions, parts }: Subject): readonly string[] {
  const said = omissions.current(parts.clock.now());
  return [...new Set(said.map((line) => line.split(' ', 1)[0] ?? line))];
}

/** The same subject, to whom nothing is said that it has not survived. */
function leaveOut(subject: Subject): Subject {
  const { options } = subject;
  const skipCommands = [...new Set([...options.connect.skipCommands, ...verbsOf(subject)])];
  return { ...subject, options: { ...options, connect: { ...options.connect, skipCommands } } };
}

/** What is to be said of that. */
function unsurvived(subject: Subject): readonly Finding[] {
  const verbs = verbsOf(subject);
  if (verbs.length === 0) return [];
  const words = verbs.join(' and ');
  const { skipCommands } = leaveOut(subject).options.connect;
  return [
    {
      cause: 'command-unanswered',
      certainty: 'certain',
      blocks: false,
      explanation:
        `The server does not survive ${words}: it gave no answer, or the connection ended with it. ` +
        'All that follows was tried without.',
      advice:
        `Leave that out for this site, or with --skip ${verbs.join(',')} in the command line. ` +
        'Otherwise it is found out anew now and then, which costs some seconds and a login each time.',
      fix: { label: `Never say ${words}`, changes: { skipCommands } },
    },
  ];
}

/** Up to the login; false where it did not come so far. */
async function openSession(conversation: Conversation, signal: AbortSignal): Promise<boolean> {
  const { security } = conversation.subject.options.connect;
  // RFC 4217, 2: implicit TLS begins before anybody speaks.
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
        ? 'You can work with this site. Some tests have found something worth knowing.'
        : 'Everything that was tried works.',
      advice: '',
      ...common,
    };
  }
  const { cause, certainty, explanation, advice, fix, blocks } = found;
  const words = { cause, certainty, explanation, advice };
  return { ...words, usable: !blocks, ...(fix && { fix }), ...common };
}
