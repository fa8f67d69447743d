import type { CertificateSummary, TlsError } from '../../ftp/errors.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import type { Finding } from '../report/finding.ts';
import type { CauseId, Fix } from '../report/report.ts';
import type { Protected } from './tls.ts';

// So early somebody may still renew it before it stops working.
const soonMs = 14 * 24 * 60 * 60 * 1000;

/** Stage `certificate`: who the server is, and whether that is proved. */
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
  note('issued to', 'ok', exam.quote(holder) || 'nobody by name');
  note('issued by', 'ok', exam.quote(issuer) || 'nobody by name');
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
      (changed ? ' It is not the one that was trusted for this site before.' : '') +
      ' Neither a user name nor a password was sent.',
    advice: advice(verdict.cause, changed),
    ...(certificate && verdict.cause !== 'clock-wrong' && { fix: trustIt(certificate, changed) }),
  };
  return { outcome: 'failed', summary: 'Not trusted', findings: [finding] };
}

type Verdict = Pick<Finding, 'cause' | 'certainty'>;

// The dates are read here too: a certificate that nobody issued and that has expired is named by
// its issuer alone.
function judge({ certificate, problem }: TlsError, now: number): Verdict {
  const from = Date.parse(certificate?.validFrom ?? '');
  const to = Date.parse(certificate?.validTo ?? '');
  // A server hardly shows a certificate before its time: this clock is behind.
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
      return `The server's certificate is for another host than ${host}.`;
    default:
      return `Nobody known here vouches for the server's certificate${reasons[problem ?? ''] ?? ''}.`;
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
      'Ask whoever runs the server whether the certificate was renewed: somebody may stand between. ' +
      'Trust the new one only if its fingerprint is the one that they name.'
    );
  }
  switch (cause) {
    case 'clock-wrong':
      return 'Set the clock of this machine right. If it is right, the server shows its certificate too early.';
    case 'certificate-expired':
      return 'Ask whoever runs the server to renew it. If the clock of this machine is wrong, set it right.';
    case 'certificate-wrong-host':
      return 'Use the name of the host that stands in the certificate, or trust this certificate for this site.';
    default:
      return 'Compare its fingerprint with the one that whoever runs the server names; if they are the same, trust it for this site.';
  }
}

function trustIt({ fingerprint }: CertificateSummary, changed: boolean): Fix {
  return {
    label: 'Trust this certificate for this site',
    changes: { fingerprint },
    risk:
      (changed ? 'Another certificate was trusted for this site before. ' : '') +
      'Whoever holds this certificate is taken for the server. Its SHA-256 fingerprint is ' +
      `${fingerprint}: compare it with the one that whoever runs the server names.`,
  };
}
