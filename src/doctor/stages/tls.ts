import { errorMessage } from '../../base/errorMessage.ts';
import { startTls } from '../../ftp/control/login.ts';
import { ConnectionError, TlsError } from '../../ftp/errors.ts';
import type { Reply } from '../../ftp/grammar/reply.ts';
import { defaultPort } from '../../ftp/options.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import {
  listenInClear,
  offersTls,
  refusesFtp,
  speaksTlsAtOnce,
  tlsVersionsSpoken,
} from '../probes/protocolProbes.ts';
import type { Finding } from '../report/finding.ts';
import type { Fix } from '../report/report.ts';
import { readRefusal, refusalAdvice } from '../report/refusal.ts';
import { otherServer, webServer } from './greeting.ts';

/** The state after stage `tls`. `untrusted`: protected, but the server's certificate is not trusted. */
export type Protected =
  | { readonly kind: 'tls' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'untrusted'; readonly error: TlsError };

/** Stage `tls`: protects the control connection as the site wants it. */
export async function agreeOnTls(
  conversation: Conversation,
  signal: AbortSignal,
): Promise<Protected | undefined> {
  const { exam, subject, probe } = conversation;
  const { security, timeouts } = subject.options.connect;
  return await exam.stage('tls', async (note): Promise<StageResult<Protected>> => {
    if (security === 'none') {
      const summary = 'Not used: everything travels unprotected';
      return { outcome: 'skipped', summary, value: { kind: 'clear' } };
    }
    using patience = subject.parts.clock.deadline(timeouts.connect, 'TLS', signal);
    try {
      if (security === 'implicit') await probe.control.secure(probe.tls, patience.signal);
      else {
        const reply = await startTls(probe.control, probe.tls, patience.signal);
        note('AUTH TLS', reply.code === 234 ? 'ok' : 'failed', exam.quoteReply(reply));
        if (reply.code !== 234) return await notOffered(conversation, reply, note, signal);
      }
      const version = probe.control.protection?.version ?? 'TLS';
      exam.picture.tlsVersion = version;
      const value = { kind: 'tls' } as const;
      return { outcome: 'ok', summary: `Protected by ${version}`, value };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TlsError && error.reason === 'untrusted') {
        const value = { kind: 'untrusted', error } as const;
        return { outcome: 'ok', summary: 'The handshake was completed', value };
      }
      return await handshakeFailed(conversation, error, note, signal);
    }
  });
}

async function notOffered(
  conversation: Conversation,
  reply: Reply,
  note: Note,
  signal: AbortSignal,
): Promise<StageResult<Protected>> {
  const { exam } = conversation;
  const quoted = exam.quoteReply(reply);
  if (reply.replyClass === 'transientNegative') {
    const { cause, certainty } = readRefusal(reply);
    const explanation = `The server refuses TLS for now: ${quoted}.`;
    const advice = refusalAdvice[cause];
    const findings = [{ cause, certainty, blocks: true, explanation, advice }];
    return { outcome: 'failed', summary: quoted, findings };
  }
  const finding = await withoutTls(conversation, quoted, note, signal);
  if (finding.blocks) return { outcome: 'failed', summary: 'Not offered', findings: [finding] };
  const value = { kind: 'clear' } as const;
  const summary = 'Not offered: everything travels unprotected';
  return { outcome: 'warning', summary, findings: [finding], value };
}

async function withoutTls(
  { subject, address }: Conversation,
  quoted: string,
  note: Note,
  signal: AbortSignal,
): Promise<Finding> {
  const { port, security } = subject.options.connect;
  const blocks = security === 'explicit';
  const implicitPort = defaultPort('implicit');
  const isThere = port === implicitPort;
  const implicit = isThere
    ? undefined
    : await speaksTlsAtOnce(subject, address, implicitPort, signal);
  if (!isThere) {
    note(`implicit TLS at port ${implicitPort}`, implicit ? 'ok' : 'failed', implicit ?? 'no TLS');
  }
  return {
    cause: 'tls-not-offered',
    certainty: 'certain',
    blocks,
    explanation:
      `The server does not offer TLS: it answered AUTH TLS with ${quoted}.` +
      (blocks ? ' The site requires it, so no user name was sent.' : ''),
    advice: implicit
      ? `Use implicit TLS: the server offers it at port ${implicitPort}.`
      : "Ask the server's administrator to turn on TLS.",
    fix: implicit ? useImplicit(implicitPort) : goUnprotected,
  };
}

const useImplicit = (port: number): Fix => ({
  label: `Use implicit TLS at port ${port}`,
  changes: { security: 'implicit', port },
});

const goUnprotected: Fix = {
  label: 'Connect without TLS',
  changes: { security: 'none' },
  risk:
    'The user name, the password and every file then travel unprotected: anyone on the way can read ' +
    'and change them.',
};

async function handshakeFailed(
  conversation: Conversation,
  error: unknown,
  note: Note,
  signal: AbortSignal,
): Promise<StageResult<never>> {
  const { exam, subject } = conversation;
  const problem = error instanceof TlsError ? error.problem : undefined;
  note('the handshake', 'failed', exam.quote(errorMessage(error)));
  if (problem === 'clientCertificateRequired' || problem === 'clientCertificateRefused') {
    return failed(clientCertificate(problem));
  }
  const { security } = subject.options.connect;
  if (security === 'implicit' && refusesFtp(error)) return webServer();
  if (security === 'implicit' && (problem === 'notTls' || !(error instanceof TlsError))) {
    const plain = await plainServer(conversation, note, signal);
    if (plain) return plain;
  }
  const mayBeVersion = problem === 'version' || problem === 'cipher' || problem === undefined;
  const isOurs = error instanceof TlsError && error.reason !== 'handshake';
  if (mayBeVersion && !isOurs) {
    const version = await otherVersion(conversation, note, signal);
    if (version) return failed(version);
  }
  return failed({
    cause: 'tls-failed',
    certainty: error instanceof TlsError ? 'certain' : 'likely',
    blocks: true,
    explanation: `No protected connection could be made: ${exam.quote(errorMessage(error))}.`,
    advice: handshakeAdvice(error, problem),
  });
}

function handshakeAdvice(error: unknown, problem: TlsError['problem']): string {
  if (error instanceof ConnectionError) {
    return 'The connection ended during the handshake: a firewall that inspects TLS may be the reason.';
  }
  if (problem === 'passphrase') return 'Connect, and enter the passphrase again.';
  if (problem === 'unusable') {
    return 'Check the files of the client certificate and of its key, which the site names.';
  }
  // Under TLS 1.2 a server that wants a client certificate says only this (RFC 5246, 7.4.6).
  return problem === 'cipher'
    ? 'The server may require a client certificate, or know only ciphers that are no longer safe.'
    : "Ask the server's administrator to look into its log.";
}

function failed(finding: Finding): StageResult<never> {
  return { outcome: 'failed', summary: 'No protected connection', findings: [finding] };
}

/** The finding for a server that requires a client certificate, or refuses the one it was sent. */
export function clientCertificate(
  problem: 'clientCertificateRequired' | 'clientCertificateRefused',
): Finding {
  const required = problem === 'clientCertificateRequired';
  return {
    cause: 'client-certificate-required',
    certainty: 'certain',
    blocks: true,
    explanation: required
      ? 'The server asks for a client certificate, but the site has none.'
      : 'The server does not accept the client certificate of the site.',
    advice: required
      ? "Get a certificate and its key from the server's administrator, and set both in the site."
      : "Ask the server's administrator which certificate it accepts.",
  };
}

async function plainServer(
  { exam, subject, address }: Conversation,
  note: Note,
  signal: AbortSignal,
): Promise<StageResult<never> | undefined> {
  const { greeting, words } = await listenInClear(subject, address, signal);
  note('a greeting in the clear', greeting ? 'ok' : 'failed', exam.quote(words) || 'silence');
  if (!greeting) return words === '' ? undefined : otherServer(exam, words);
  const { port } = subject.options.connect;
  const offered = await offersTls(subject, address, signal);
  note('AUTH TLS', offered ? 'ok' : 'failed', offered ? 'offered' : 'not offered');
  return failed({
    cause: 'explicit-tls-expected',
    certainty: 'certain',
    blocks: true,
    explanation:
      `The site is set to implicit TLS, but the server at port ${port} begins in the clear` +
      (offered ? ' and offers TLS on request.' : ', and offers no TLS.'),
    advice: offered
      ? 'Set the security of the site to explicit TLS.'
      : `Check the port: implicit TLS uses ${defaultPort('implicit')}.`,
    ...(offered && {
      fix: {
        label: `Use explicit TLS at port ${port}`,
        changes: { security: 'explicit', port },
      } as const,
    }),
  });
}

async function otherVersion(
  { subject, address }: Conversation,
  note: Note,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const { minVersion } = subject.options.connect.trust;
  const spoken = await tlsVersionsSpoken(subject, address, signal);
  note('versions of TLS', 'warning', spoken.length > 0 ? spoken.join(', ') : 'none was accepted');
  if (spoken.includes('TLSv1.3') || spoken.includes(minVersion) || spoken.length === 0) {
    return undefined;
  }
  const newest = spoken[0] ?? minVersion;
  const canBeLowered = newest === 'TLSv1.2' && minVersion === 'TLSv1.3';
  return {
    cause: 'tls-version',
    certainty: 'certain',
    blocks: true,
    explanation: `The server offers ${newest} at most, but the site requires ${minVersion} or newer.`,
    advice: canBeLowered
      ? 'TLS 1.2 is still safe: accept it for this site.'
      : "That version is no longer safe, and Portside does not support it: ask the server's " +
        'administrator to update the server.',
    ...(canBeLowered && {
      fix: { label: 'Accept TLS 1.2', changes: { minTlsVersion: 'TLSv1.2' } } as const,
    }),
  };
}
