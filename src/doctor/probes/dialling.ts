import { TimeoutError } from '../../base/clock.ts';
import { ProxyFailure, type ProxyProblem } from '../../ftp/errors.ts';
import { systemErrorWords } from '../../ftp/net/systemErrors.ts';
import type { Transport } from '../../ftp/net/transport.ts';
import type { Subject } from '../doctorOptions.ts';
import type { Examination, Note, StageResult } from '../examination.ts';
import type { Finding } from '../report/finding.ts';

// A host with more addresses is a service of its own kind; nobody waits for all of them.
const mostAddresses = 6;

// A host that is there answers a SYN within a few round trips.
const longestDialMs = 10_000;

/** Stage `name`: every address of the host. A proxy may know a name that is not known here. */
export async function findAddresses(
  exam: Examination,
  { options, parts }: Subject,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { host, timeouts, proxy } = options.connect;
  return await exam.stage('name', async (note): Promise<StageResult<readonly string[]>> => {
    if (proxy) {
      const summary = 'The proxy looks the name up';
      return { outcome: 'skipped', summary, value: [host] };
    }
    using patience = parts.clock.deadline(timeouts.connect, 'the name', signal);
    try {
      const found = await parts.lookup(host, patience.signal);
      for (const address of found) note(address, 'ok', family(address));
      const value = found.slice(0, mostAddresses);
      if (value.length > 0) return { outcome: 'ok', summary: addressCount(found.length), value };
      return unknownHost(host, 'it has no address', 'certain');
    } catch (error) {
      signal.throwIfAborted();
      const certain = codeOf(error) === 'ENOTFOUND';
      const why = certain ? 'no such name is known' : 'the names of hosts cannot be looked up now';
      return unknownHost(host, why, certain ? 'certain' : 'likely');
    }
  });
}

const family = (address: string): string => (address.includes(':') ? 'IPv6' : 'IPv4');

const addressCount = (count: number): string =>
  count === 1 ? 'One address' : `${count} addresses`;

function unknownHost(
  host: string,
  why: string,
  certainty: Finding['certainty'],
): StageResult<never> {
  const finding: Finding = {
    cause: 'host-unknown',
    certainty,
    blocks: true,
    explanation: `The host "${host}" was not found: ${why}.`,
    advice:
      certainty === 'certain'
        ? 'Check how the name of the host is written.'
        : 'Check whether this machine is online, and its name server.',
  };
  return { outcome: 'failed', summary: `Not found: ${why}`, findings: [finding] };
}

/** What answered at the server's port: an open transport, and how to get another one like it. */
export interface Reached {
  readonly transport: Transport;
  readonly address: string;
}

/** Stage `tcp`: every address is dialled; the first that answers stays connected. */
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
    const silent = failures.length > 0 ? `; ${failures.length} of its addresses do not answer` : '';
    const outcome = failures.length > 0 ? 'warning' : 'ok';
    return { outcome, summary: `Somebody answers at port ${port}${silent}`, value: reached };
  });
}

/** Dials one address of the server. Rejects with the system's error, or a `TimeoutError`. */
export async function dialServer(
  { options, parts }: Subject,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Transport> {
  const { timeouts, proxy } = options.connect;
  const network = proxy ? parts.network.through(proxy) : parts.network;
  const ms = Math.min(timeouts.connect, longestDialMs);
  using patience = parts.clock.deadline(ms, `an answer of port ${port}`, signal);
  return await network.dial({ host: address, port }, { signal: patience.signal });
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
  const { host, port, proxy } = options.connect;
  const proxyFailure = failures.find((error) => proxyProblemOf(error) !== undefined);
  const isBehind = proxyProblemOf(proxyFailure) === 'serverUnreachable';
  if (proxy && proxyFailure !== undefined && !isBehind) {
    const finding: Finding = {
      cause: 'proxy',
      certainty: 'certain',
      blocks: true,
      explanation: `The proxy ${proxy.host}:${proxy.port} does not connect us: ${exam.quote(messageOf(proxyFailure))}.`,
      advice: 'Check the address, the user name and the password of the proxy, and what it allows.',
    };
    return { outcome: 'failed', summary: 'The proxy does not connect us', findings: [finding] };
  }
  const way = proxy ? ` through the proxy ${proxy.host}:${proxy.port}` : '';
  const refused = failures.some((error) => codeOf(error) === 'ECONNREFUSED');
  const finding: Finding = refused
    ? {
        cause: 'nobody-listens',
        certainty: 'certain',
        blocks: true,
        explanation: `The host ${host} is there, but nobody listens at its port ${port}.`,
        advice: 'Check the port, and whether the FTP server runs. A firewall may refuse it, too.',
      }
    : {
        cause: 'no-answer',
        certainty: 'certain',
        blocks: true,
        explanation: `Nobody answers at ${host}, port ${port}${way}: ${exam.quote(dialWords(failures.at(-1)))}.`,
        advice:
          `Check the host and the port${proxy ? ', those of the proxy too' : ''}, and whether this ` +
          'machine is online. A firewall may drop what is sent there without a word.',
      };
  return { outcome: 'failed', summary: refused ? 'Refused' : 'No answer', findings: [finding] };
}

/** Why dialling failed, in a few words. */
export function dialWords(error: unknown): string {
  if (error instanceof TimeoutError) return 'no answer';
  return systemErrorWords(error) ?? messageOf(error);
}

/** The system's word for what went wrong, of the error or of what caused it. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function proxyProblemOf(error: unknown): ProxyProblem | undefined {
  return error instanceof ProxyFailure ? error.problem : undefined;
}
