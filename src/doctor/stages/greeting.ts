import { errorMessage } from '../../base/errorMessage.ts';
import { type Reply, replyText } from '../../ftp/grammar/reply.ts';
import type { Examination, Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { listenInClear, listenUnderTls, speaksTlsAtOnce } from '../probes/protocolProbes.ts';
import type { Finding } from '../report/finding.ts';
import { turnedAway } from '../report/refusal.ts';

/** Stage `greeting`: is it an FTP server at all? */
export async function hearGreeting(
  conversation: Conversation,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  const { exam, subject, probe, address } = conversation;
  const { port, security } = subject.options.connect;
  return await exam.stage('greeting', async (note) => {
    try {
      const greeting = probe.control.greeting(signal);
      const heard = await probe.soon(greeting, signal);
      if (heard !== 'silent') return judge(exam, heard);
      note('waiting for a greeting', 'warning', 'silence');
      if (security !== 'implicit') {
        const version = await speaksTlsAtOnce(subject, address, port, signal);
        note('TLS from the first byte', version ? 'ok' : 'failed', version ?? 'no handshake');
        if (version) return await behindTls(conversation, version, signal);
      }
      // Not awaited: a server of another protocol shows by its answer what it is. A slow FTP server
      // greets first and answers later.
      probe.control.exchange({ verb: 'NOOP' }, { signal }).catch(() => {});
      return judge(exam, await greeting);
    } catch (error) {
      signal.throwIfAborted();
      return await noGreeting(conversation, error, note, signal);
    }
  });
}

function judge(exam: Examination, reply: Reply): StageResult<Reply> {
  const quoted = exam.quoteReply(reply);
  if (reply.replyClass !== 'completion') {
    const findings = [turnedAway(reply, quoted)];
    return { outcome: 'failed', summary: quoted, findings };
  }
  const text = replyText(reply);
  // Mail servers greet with 220, too. The next command would send them the user name.
  if (/\bE?SMTP\b/.test(text) && !/ftp/i.test(text)) {
    const findings = [otherProtocol('mail', `the greeting is ${quoted}`, 'likely')];
    return { outcome: 'failed', summary: quoted, findings };
  }
  return { outcome: 'ok', summary: quoted, value: reply };
}

async function noGreeting(
  { exam, subject, probe, address }: Conversation,
  error: unknown,
  note: Note,
  signal: AbortSignal,
): Promise<StageResult<never>> {
  if (probe.firstWords !== '') return otherServer(exam, probe.firstWords);
  if (subject.options.connect.security === 'implicit') return silent(exam, error);
  const again = await listenInClear(subject, address, signal);
  const met = again.words === '' ? (again.closed ? 'closed again' : 'silence again') : 'an answer';
  note('a second connection', 'warning', met);
  if (again.greeting) {
    const explanation =
      'The server closed the first connection before its greeting, and accepted the second one.';
    return failure('interrupted', 'likely', explanation, 'Try again.');
  }
  if (again.words !== '') return otherServer(exam, again.words);
  if (!again.closed) return silent(exam, error);
  const explanation =
    'The server accepts every connection and closes it at once, without a greeting. Servers and ' +
    'firewalls do that to addresses that they refuse.';
  const advice = "Ask the server's administrator whether this address is allowed, or banned.";
  return failure('banned', 'likely', explanation, advice);
}

function silent(exam: Examination, error: unknown): StageResult<never> {
  const explanation =
    'Something accepts the connection but sends nothing, neither in the clear nor under TLS ' +
    `(${exam.quote(errorMessage(error))}).`;
  const advice =
    'Check the port. A firewall, a proxy or a virus scanner may answer in place of the server.';
  return failure('no-answer', 'unknown', explanation, advice);
}

function failure(
  cause: Finding['cause'],
  certainty: Finding['certainty'],
  explanation: string,
  advice: string,
): StageResult<never> {
  const findings = [{ cause, certainty, blocks: true, explanation, advice }];
  return { outcome: 'failed', summary: 'No greeting', findings };
}

/** The result for a port at which another protocol answers. */
export function otherServer(exam: Examination, words: string): StageResult<never> {
  const line = words.split(/\r?\n/, 1)[0] ?? '';
  const quoted = `it says "${exam.quote(line)}"`;
  const protocol = protocolOf(words);
  if (protocol === 'other' && looksLikeReply(words)) return unfinished(quoted);
  const finding = otherProtocol(protocol, quoted, 'certain');
  return { outcome: 'failed', summary: exam.quote(line), findings: [finding] };
}

// RFC 959, 4.2: a reply begins like this. A reply that is cut off, or never ends, is still FTP.
const looksLikeReply = (words: string): boolean => /^[1-5]\d\d[ -]/.test(words);

function unfinished(quoted: string): StageResult<never> {
  const explanation = `The server's greeting is not complete: ${quoted}.`;
  const advice = 'Try again. If it happens again, the log of the server may tell why.';
  return failure('interrupted', 'unknown', explanation, advice);
}

type Protocol = 'ssh' | 'http' | 'mail' | 'other';

function protocolOf(words: string): Protocol {
  if (words.startsWith('SSH-')) return 'ssh';
  if (/^HTTP\/\d|^\s*<(?:!doctype|html)/i.test(words)) return 'http';
  return /^(?:\+OK|\* OK)|\bE?SMTP\b/.test(words) ? 'mail' : 'other';
}

function otherProtocol(
  protocol: Protocol,
  evidence: string,
  certainty: Finding['certainty'],
): Finding {
  const { cause, who, advice } = protocols[protocol];
  const explanation = `${who} answers at this port, not an FTP server: ${evidence}.`;
  return { cause, certainty, blocks: true, explanation, advice };
}

interface ProtocolWords {
  readonly cause: 'ssh-on-port' | 'http-on-port' | 'not-ftp';
  readonly who: string;
  readonly advice: string;
}

const protocols: Readonly<Record<Protocol, ProtocolWords>> = {
  ssh: {
    cause: 'ssh-on-port',
    who: 'An SSH server',
    advice:
      'Check the port: FTP uses 21, implicit TLS 990. If the server offers only SFTP, you need a ' +
      'program for SFTP, which is a different protocol.',
  },
  http: {
    cause: 'http-on-port',
    who: 'A web server',
    advice: 'Check the host and the port: FTP uses 21, implicit TLS 990.',
  },
  mail: {
    cause: 'not-ftp',
    who: 'A mail server',
    advice: 'Check the host and the port: FTP uses 21, implicit TLS 990.',
  },
  other: {
    cause: 'not-ftp',
    who: 'Something else',
    advice: 'Check the host and the port: FTP uses 21, implicit TLS 990.',
  },
};

/** The result for a server whose TLS accepts other protocols, but not FTP: most likely a web server. */
export function webServer(): StageResult<never> {
  const evidence = 'it begins TLS at once, but not for FTP';
  const findings = [otherProtocol('http', evidence, 'likely')];
  return { outcome: 'failed', summary: 'TLS, but not for FTP', findings };
}

// Web servers begin TLS at once, too. What the server says under it decides.
async function behindTls(
  { exam, subject, address }: Conversation,
  version: string,
  signal: AbortSignal,
): Promise<StageResult<never>> {
  const heard = await listenUnderTls(subject, address, signal);
  const { greeting, words, closed } = heard;
  if (heard.refusesFtp) return webServer();
  if (greeting === undefined && words !== '') return otherServer(exam, words);
  if (greeting !== undefined || closed) {
    return implicitExpected(subject.options.connect.port, version);
  }
  const finding = otherProtocol('other', 'it begins TLS at once, but sends no greeting', 'likely');
  return { outcome: 'failed', summary: 'TLS, but no greeting', findings: [finding] };
}

function implicitExpected(port: number, version: string): StageResult<never> {
  const finding: Finding = {
    cause: 'implicit-tls-expected',
    certainty: 'certain',
    blocks: true,
    explanation:
      `The server sends nothing in the clear, but answers a TLS handshake at once (${version}): it ` +
      `expects implicit TLS at port ${port}.`,
    advice: 'Set the security of the site to implicit TLS.',
    fix: { label: `Use implicit TLS at port ${port}`, changes: { security: 'implicit', port } },
  };
  return { outcome: 'failed', summary: 'It waits for TLS', findings: [finding] };
}
