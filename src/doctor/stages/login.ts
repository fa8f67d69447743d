import { errorMessage } from '../../base/errorMessage.ts';
import { login, protectData } from '../../ftp/control/login.ts';
import { ConnectionError, LoginError, TlsError } from '../../ftp/errors.ts';
import { replyText } from '../../ftp/grammar/reply.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { offersTls } from '../probes/protocolProbes.ts';
import { type Finding, interrupted } from '../report/finding.ts';
import { readRefusal, refusalAdvice } from '../report/refusal.ts';
import { clientCertificate } from './tls.ts';

/** Stage `login`: USER, PASS, ACCT, and the protection of data connections. */
export async function logIn(
  conversation: Conversation,
  signal: AbortSignal,
): Promise<true | undefined> {
  const { exam, subject, probe } = conversation;
  return await exam.stage('login', async (note): Promise<StageResult<true>> => {
    try {
      await login(probe.pi, subject.credentials, signal);
      note('the user', 'ok', 'let in');
      await protectData(probe.pi, subject.options.connect.security, signal);
      exam.picture.control = 'loggedIn';
      return { outcome: 'ok', summary: 'The server let the user in', value: true };
    } catch (error) {
      signal.throwIfAborted();
      const finding = await whyNot(conversation, error, note, signal);
      return { outcome: 'failed', summary: exam.quote(errorMessage(error)), findings: [finding] };
    }
  });
}

async function whyNot(
  conversation: Conversation,
  error: unknown,
  note: Note,
  signal: AbortSignal,
): Promise<Finding> {
  const { exam } = conversation;
  if (error instanceof LoginError) {
    note(`the ${error.step}`, 'failed', exam.quoteReply(error.reply));
    const required = await tlsRequired(conversation, error, note, signal);
    return required ?? refused(conversation, error);
  }
  if (error instanceof TlsError) {
    const { problem } = error;
    if (problem === 'clientCertificateRequired' || problem === 'clientCertificateRefused') {
      return clientCertificate(problem);
    }
    return {
      cause: 'tls-not-offered',
      certainty: 'certain',
      blocks: true,
      explanation: `The server protects the login, but not the files: ${exam.quote(error.message)}.`,
      advice: "Ask the server's administrator to allow PROT P.",
    };
  }
  if (error instanceof ConnectionError) return closed(exam.quote(error.message));
  return interrupted(exam.quote(errorMessage(error)));
}

// Without TLS every refusal may mean that the server requires it. So the test asks whether it offers TLS.
async function tlsRequired(
  { exam, subject, probe, address }: Conversation,
  { step, reply }: LoginError,
  note: Note,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  if (probe.control.protection) return undefined;
  const saysSo =
    [521, 522, 534].includes(reply.code) || /\b(?:tls|ssl|encrypt|secure)/i.test(replyText(reply));
  if (step !== 'user' && !saysSo) return undefined;
  const offered = await offersTls(subject, address, signal);
  note('AUTH TLS', offered ? 'ok' : 'failed', offered ? 'offered' : 'not offered');
  if (!offered) return undefined;
  return {
    cause: 'tls-required',
    certainty: saysSo ? 'certain' : 'likely',
    blocks: true,
    explanation: `The server accepts no login without TLS, which it offers: it said ${exam.quoteReply(reply)}.`,
    advice: 'Set the security of the site to explicit TLS.',
    fix: { label: 'Use explicit TLS', changes: { security: 'explicit' } },
  };
}

function refused({ exam, subject }: Conversation, { step, reply, remedy }: LoginError): Finding {
  const quoted = exam.quoteReply(reply);
  const text = replyText(reply);
  const isPassing = remedy !== 'none';
  const sendsAway = isPassing || step === 'user' || step === 'greeting';
  // "failed" and "denied" may mean a wrong password; only these words mean something else.
  const saysWhy = /\bbann?(?:ed|s)?\b|black ?list|blocked|too many|already (?:logged|connected)/i;
  if (sendsAway || saysWhy.test(text)) {
    const { cause, certainty } = readRefusal(reply);
    if (certainty !== 'unknown' || isPassing) {
      const explanation = `The server refuses this client: ${quoted}.`;
      return { cause, certainty, blocks: true, explanation, advice: refusalAdvice[cause] };
    }
  }
  return {
    cause: 'login-refused',
    certainty: 'certain',
    blocks: true,
    explanation: `The server refused the login: ${quoted}.`,
    advice: loginAdvice(step, subject.credentials.user === 'anonymous'),
  };
}

function loginAdvice(step: LoginError['step'], isAnonymous: boolean): string {
  if (step === 'account') return 'The server asks for an account: set it in the site.';
  return isAnonymous
    ? 'The server accepts no anonymous users: set a user name in the site.'
    : 'Check the user name and the password.';
}

function closed(message: string): Finding {
  return {
    cause: 'banned',
    certainty: 'unknown',
    blocks: true,
    explanation: `The server closed the connection during the login, without a reason: ${message}.`,
    advice: refusalAdvice.banned,
  };
}
