import { startTls } from '../../ftp/control/login.ts';
import { ConnectionError, TlsError } from '../../ftp/errors.ts';
import type { Reply } from '../../ftp/grammar/reply.ts';
import { type TlsVersion, tlsVersions } from '../../ftp/net/tlsProbe.ts';
import type { TlsContext } from '../../ftp/net/transport.ts';
import type { Subject } from '../doctorOptions.ts';
import { codeOf, dialServer } from './dialling.ts';
import { ProbeConnection } from './probeConnection.ts';

// Further connections to a server that did not answer as expected: which protocol does it speak, and
// which TLS? None of them sends a user name.

/** The TLS version in which a port answers a handshake that begins at once; `undefined` where it does not. */
export async function speaksTlsAtOnce(
  subject: Subject,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { options, parts } = subject;
  try {
    const transport = await dialServer(subject, address, port, signal);
    const ms = options.connect.timeouts.connect / 2;
    using patience = parts.clock.deadline(ms, 'a TLS handshake', signal);
    return await parts.tlsProbe(transport, options.connect.host, undefined, patience.signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** The TLS versions that the server accepts, each tested by a handshake of its own. */
export async function tlsVersionsSpoken(
  subject: Subject,
  address: string,
  signal: AbortSignal,
): Promise<readonly TlsVersion[]> {
  const { parts, options } = subject;
  const spoken: TlsVersion[] = [];
  for (const version of tlsVersions) {
    try {
      using patience = parts.clock.deadline(
        options.connect.timeouts.connect / 2,
        `a handshake in ${version}`,
        signal,
      );
      if (await handshakeIn(version, subject, address, patience.signal)) spoken.push(version);
    } catch {
      signal.throwIfAborted();
    }
  }
  return spoken;
}

/** Whether the server answers AUTH TLS with 234. No handshake follows. */
export async function offersTls(
  subject: Subject,
  address: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await using probe = await ProbeConnection.open(subject, address, signal);
    await probe.control.greeting(signal);
    for (const argument of ['TLS', 'SSL']) {
      const reply = await probe.control.exchange({ verb: 'AUTH', argument }, { signal });
      if (reply.code === 234) return true;
    }
    return false;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** What a server says first: without being asked, or in answer to NOOP where it says nothing. */
export interface PlainWords {
  readonly greeting: Reply | undefined;
  readonly words: string;
  readonly closed: boolean;
  /** It accepts TLS, but not for FTP (RFC 7301, 3.2). */
  readonly refusesFtp: boolean;
}

/** True where TLS failed because the server speaks another protocol under it. */
export function refusesFtp(error: unknown): boolean {
  if (!(error instanceof TlsError)) return false;
  return error.reason === 'otherServer' || /NO_APPLICATION_PROTOCOL/.test(codeOf(error) ?? '');
}

/** Listens in the clear. A server that waits for a request shows by its answer to NOOP what it is. */
export async function listenInClear(
  subject: Subject,
  address: string,
  signal: AbortSignal,
): Promise<PlainWords> {
  try {
    await using probe = await ProbeConnection.open(subject, address, signal);
    return await listen(probe, signal);
  } catch {
    signal.throwIfAborted();
    return nothing;
  }
}

/** The same under TLS from the first byte. Any certificate is accepted, for nothing secret is sent. */
export async function listenUnderTls(
  subject: Subject,
  address: string,
  signal: AbortSignal,
): Promise<PlainWords> {
  let trustingSubject = subject;
  for (;;) {
    try {
      await using probe = await ProbeConnection.open(trustingSubject, address, signal);
      await probe.control.secure(probe.tls, signal);
      return await listen(probe, signal);
    } catch (error) {
      signal.throwIfAborted();
      const shown = error instanceof TlsError ? error.certificate : undefined;
      if (!shown || trustingSubject !== subject)
        return { ...nothing, refusesFtp: refusesFtp(error) };
      trustingSubject = trusting(subject, shown.fingerprint);
    }
  }
}

function trusting(subject: Subject, fingerprint: string): Subject {
  const { connect } = subject.options;
  const trust = { ...connect.trust, fingerprints: [fingerprint] };
  return { ...subject, options: { ...subject.options, connect: { ...connect, trust } } };
}

const nothing: PlainWords = { greeting: undefined, words: '', closed: true, refusesFtp: false };

async function listen(probe: ProbeConnection, signal: AbortSignal): Promise<PlainWords> {
  try {
    const greeting = probe.control.greeting(signal);
    let heard = await probe.soon(greeting, signal);
    if (heard === 'silent') {
      // Not awaited: the answer to it would be read as the greeting.
      probe.control.exchange({ verb: 'NOOP' }, { signal }).catch(() => {});
      heard = await probe.soon(greeting, signal);
    }
    const reply = heard === 'silent' ? undefined : heard;
    return { ...nothing, greeting: reply, words: probe.firstWords, closed: false };
  } catch {
    signal.throwIfAborted();
    return { ...nothing, words: probe.firstWords };
  }
}

// Implicit TLS begins at once. For explicit TLS the engine's own commands lead up to 234; then the
// probe takes the place of the engine's handshake.
async function handshakeIn(
  version: TlsVersion,
  subject: Subject,
  address: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { parts, options } = subject;
  const { host, port, security } = options.connect;
  if (security === 'implicit') {
    const transport = await dialServer(subject, address, port, signal);
    return await parts.tlsProbe(transport, host, version, signal);
  }
  let taken: string | undefined;
  const secure: TlsContext['secure'] = async (transport) => {
    taken = await parts.tlsProbe(transport, host, version, signal);
    throw new ConnectionError('control', 'The handshake was a probe');
  };
  const probing = { ...subject, parts: { ...parts, tls: () => ({ secure }) } };
  await using probe = await ProbeConnection.open(probing, address, signal);
  await probe.control.greeting(signal);
  await startTls(probe.control, probe.tls, signal).catch(() => {});
  return taken;
}
