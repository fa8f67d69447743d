import type { CertificateSummary, TlsError } from '../../ftp/errors.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import type { Finding } from '../report/finding.ts';
import type { CauseId, Fix } from '../report/report.ts';
import type { Protected } from './tls.ts';

// Early enough for the administrator to renew it before it expires.
const soonMs = 14 * 24 * 60 * 60 * 1000;

/** Stage `certificate`: who the server is, and whether its certificate proves it. */
export async function checkCertificate(
  conversation: Conversation,
  state: Protected,
): Promise<true | undefined> {
  const { exam, subject, probe } = conversation;
  return await exam.stage('certificate', async (note): Promise<StageResult<true>> => {
    if (state.kind === 'clear') {
      return { outcome: 'skipped', summary: 'There is no TLS', value: true };
    }
    const shown =
      state.kind === 'tls' ? probe.control.protection?.certificate : state.error.certificate;
    if (shown) describe(conversation, shown, note);
    if (state.kind === 'untrusted') return untrusted(conversation, state.error);
    if (!shown) return { outcome: 'ok', summary: 'Proved by a resumed session', value: true };
    const left = Date.parse(shown.validTo) - subject.parts.clock.now();
    const pinned = subject.options.connect.trust.fingerprints.includes(shown.fingerprint);
    const how = pinned ? 'Trusted by its fingerprint' : 'Trusted';
    if (left > soonMs || Number.isNaN(left)) return { outcome: 'ok', summary: how, value: true };
    const words = left > 0 ? 'it expires soon' : 'though it has expired';
    return { outcome: 'warning', summary: `${how}, ${words}`, value: true };
  });
}

function describe(
  { exam, subject }: Conversation,
  { subject: holder, issuer, validFrom, validTo, fingerprint }: CertificateSummary,
  note: Note,
): void {
  const now = subject.parts.clock.now();
  const inTime = now >= Date.parse(validFrom) && now <= Date.parse(validTo);
  note('issued to', 'ok', exam.quote(holder) || 'no name');
  note('issued by', 'ok', exam.quote(issuer) || 'no name');
  note('valid', inTime ? 'ok' : 'failed', exam.quote(`${validFrom} to ${validTo}`));
  note('SHA-256 fingerprint', 'ok', fingerprint);
}

function untrusted({ exam, subject }: Conversation, error: TlsError): StageResult<never> {
  const { certificate } = error;
  const { host, trust } = subject.options.connect;
  const now = subject.parts.clock.now();
  const verdict = judge(error, now);
  const changed = trust.fingerprints.length > 0;
  const why = exam.quote(explain(verdict.cause, host, error, now));
  const finding: Finding = {
    ...verdict,
    blocks: true,
    explanation:
      why +
      (changed ? ' It is not the certificate that you trusted for this site before.' : '') +
      ' Neither a user name nor a password was sent.',
    advice: advice(verdict.cause, changed),
    ...(certificate && verdict.cause !== 'clock-wrong' && { fix: trustIt(certificate, changed) }),
  };
  return { outcome: 'failed', summary: 'Not trusted', findings: [finding] };
}

type Verdict = Pick<Finding, 'cause' | 'certainty'>;

// The dates are checked here too: of an expired certificate without a known issuer, TLS reports only
// the issuer.
function judge({ certificate, problem }: TlsError, now: number): Verdict {
  const from = Date.parse(certificate?.validFrom ?? '');
  const to = Date.parse(certificate?.validTo ?? '');
  // Servers hardly use a certificate before it is valid. More likely the clock of this machine is slow.
  if (problem === 'notYetValid' || now < from) return { cause: 'clock-wrong', certainty: 'likely' };
  if (problem === 'expired' || now > to) {
    return { cause: 'certificate-expired', certainty: 'certain' };
  }
  if (problem === 'wrongHost') return { cause: 'certificate-wrong-host', certainty: 'certain' };
  return { cause: 'certificate-unknown', certainty: 'certain' };
}

function explain(
  cause: CauseId,
  host: string,
  { certificate, problem }: TlsError,
  now: number,
): string {
  const clock = new Date(now).toISOString();
  switch (cause) {
    case 'clock-wrong':
      return `The server's certificate is valid from ${certificate?.validFrom} on, and the clock of this machine says ${clock}.`;
    case 'certificate-expired':
      return `The server's certificate was valid until ${certificate?.validTo}; the clock of this machine says ${clock}.`;
    case 'certificate-wrong-host':
      return `The server's certificate is for another host, not for ${host}.`;
    default:
      return `This machine does not trust the issuer of the server's certificate${reasons[problem ?? ''] ?? ''}.`;
  }
}

const reasons: Readonly<Record<string, string>> = {
  selfSigned: ': it is self-signed',
  unknownIssuer: ': its issuer is not known',
  revoked: ': it was revoked',
};

function advice(cause: CauseId, changed: boolean): string {
  if (changed) {
    return (
      "Ask the server's administrator whether the certificate was renewed. If it was not, another " +
      'machine may answer in place of the server. Trust the new certificate only if its fingerprint ' +
      'is the one that the administrator names.'
    );
  }
  switch (cause) {
    case 'clock-wrong':
      return 'Correct the clock of this machine. If it is right, the certificate of the server is not valid yet.';
    case 'certificate-expired':
      return "Ask the server's administrator to renew it. If the clock of this machine is wrong, correct it.";
    case 'certificate-wrong-host':
      return 'Use the host name in the certificate, or trust this certificate for this site.';
    default:
      return "Ask the server's administrator for the fingerprint. If it is the same, trust the certificate for this site.";
  }
}

function trustIt({ fingerprint }: CertificateSummary, changed: boolean): Fix {
  return {
    label: 'Trust this certificate for this site',
    changes: { fingerprint },
    risk:
      (changed ? 'You trusted another certificate for this site before. ' : '') +
      'Any machine that holds the key of this certificate will then count as the server. Its ' +
      `SHA-256 fingerprint is ${fingerprint}: compare it with the one that the server's ` +
      'administrator names.',
  };
}
