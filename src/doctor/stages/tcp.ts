import { errorMessage } from '../../base/errorMessage.ts';
import { ProxyFailure, type ProxyProblem } from '../../ftp/errors.ts';
import type { Transport } from '../../ftp/net/transport.ts';
import type { FtpConnectOptions, Proxy } from '../../ftp/options.ts';
import type { Subject } from '../doctorOptions.ts';
import type { Examination, Note, StageResult } from '../examination.ts';
import { codeOf, dialServer, dialWords } from '../probes/dialling.ts';
import type { Finding } from '../report/finding.ts';

/** What answered at the server's port: an open transport, and the address for further ones. */
export interface Reached {
  readonly transport: Transport;
  readonly address: string;
}

/** Stage `tcp`: dials every address. The first that answers stays connected. */
export async function reachServer(
  exam: Examination,
  subject: Subject,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Reached | undefined> {
  const { port } = subject.options.connect;
  return await exam.stage('tcp', async (note): Promise<StageResult<Reached>> => {
    const failures: unknown[] = [];
    let reached: Reached | undefined;
    for (const address of addresses) {
      const transport = await tryAddress(exam, subject, address, note, signal).catch((error) => {
        reached?.transport.destroy();
        throw error;
      });
      if (isError(transport)) failures.push(transport.error);
      else if (reached) transport.destroy();
      else reached = { transport, address };
    }
    if (!reached) return unreachable(exam, subject, failures);
    const { local, remote } = reached.transport;
    Object.assign(exam.picture, {
      control: 'reached',
      clientAddress: local.host,
      clientPort: local.port,
      serverAddress: remote.host,
    });
    const silent = failures.length > 0 ? `; ${failures.length} of the addresses do not answer` : '';
    const outcome = failures.length > 0 ? 'warning' : 'ok';
    return { outcome, summary: `Port ${port} answers${silent}`, value: reached };
  });
}

async function tryAddress(
  exam: Examination,
  subject: Subject,
  address: string,
  note: Note,
  signal: AbortSignal,
): Promise<Transport | { readonly error: unknown }> {
  const { port } = subject.options.connect;
  const what = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  try {
    const transport = await dialServer(subject, address, port, signal);
    note(what, 'ok', 'connected');
    return transport;
  } catch (error) {
    signal.throwIfAborted();
    note(what, 'failed', exam.quote(dialWords(error)));
    return { error };
  }
}

const isError = (value: object): value is { readonly error: unknown } => 'error' in value;

function unreachable(
  exam: Examination,
  { options }: Subject,
  failures: readonly unknown[],
): StageResult<never> {
  const { proxy } = options.connect;
  const ofProxy = failures.find((error) => proxyProblemOf(error) !== undefined);
  const isBehind = proxyProblemOf(ofProxy) === 'serverUnreachable';
  if (proxy && ofProxy !== undefined && !isBehind) {
    const finding = proxyFinding(proxy, exam.quote(errorMessage(ofProxy)));
    const summary = 'The proxy does not connect to the server';
    return { outcome: 'failed', summary, findings: [finding] };
  }
  const refused = failures.some((error) => codeOf(error) === 'ECONNREFUSED');
  const finding = refused
    ? nobodyListens(options.connect)
    : noAnswer(options.connect, exam.quote(dialWords(failures.at(-1))));
  return { outcome: 'failed', summary: refused ? 'Refused' : 'No answer', findings: [finding] };
}

function proxyFinding({ host, port }: Proxy, why: string): Finding {
  return {
    cause: 'proxy',
    certainty: 'certain',
    blocks: true,
    explanation: `The proxy ${host}:${port} does not connect to the server: ${why}.`,
    advice: 'Check the address, the user name and the password of the proxy, and what it allows.',
  };
}

function nobodyListens({ host, port }: FtpConnectOptions): Finding {
  return {
    cause: 'nobody-listens',
    certainty: 'certain',
    blocks: true,
    explanation: `The host ${host} can be reached, but no program listens at its port ${port}.`,
    advice:
      'Check the port, and whether the FTP server runs. A firewall may also refuse the connection.',
  };
}

function noAnswer({ host, port, proxy }: FtpConnectOptions, why: string): Finding {
  const way = proxy ? ` through the proxy ${proxy.host}:${proxy.port}` : '';
  return {
    cause: 'no-answer',
    certainty: 'certain',
    blocks: true,
    explanation: `No answer came from ${host}, port ${port}${way}: ${why}.`,
    advice:
      `Check the host and the port${proxy ? ', those of the proxy too' : ''}, and whether this ` +
      'machine is online. A firewall may silently drop the connection.',
  };
}

function proxyProblemOf(error: unknown): ProxyProblem | undefined {
  return error instanceof ProxyFailure ? error.problem : undefined;
}
