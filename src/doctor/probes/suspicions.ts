import { startTls } from '../../ftp/control/login.ts';
import { ConnectionError, TlsError } from '../../ftp/errors.ts';
import type { Reply } from '../../ftp/grammar/reply.ts';
import { type TlsVersion, tlsVersions } from '../../ftp/net/tlsProbe.ts';
import type { TlsContext } from '../../ftp/net/transport.ts';
import type { Subject } from '../doctorOptions.ts';
import { codeOf, dialServer } from './dialling.ts';
import { ProbeConnection } from './probeConnection.ts';

// Second looks at a server that did not do what was expected. None of them says who we are.

/** The version of TLS in which a port answers to a handshake at once; `undefined`: it does not. */
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

/** The versions of TLS that the server takes, each found out by a handshake of its own. */
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

/** Whether the server says 234 to AUTH TLS; the handshake is left to others. */
export async function offersTls(
  subject: Subject,
  address: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await using probe = await ProbeConnection.open(subject, address, signal);
    await probe.control.greeting(signal);
    // The transport ends with the probe, before anybody would begin a handshake on it.
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

/** What a server says in the clear without being asked, and to a knock where it says nothing. */
export interface PlainWords {
  readonly greeting: Reply | undefined;
  readonly words: string;
  readonly closed: boolean;
  /** It takes TLS, but not for FTP (RFC 7301, 3.2). */
  readonly refusesFtp: boolean;
}

/** True where TLS failed because the peer speaks another protocol under it. */
export function refusesFtp(error: unknown): boolean {
  if (!(error instanceof TlsError)) return false;
  return error.reason === 'otherServer' || /NO_APPLICATION_PROTOCOL/.test(codeOf(error) ?? '');
}

/** Listens in the clear. A peer that waits for a request shows by its answer to NOOP what it is. */
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

/** The same under TLS from the first byte. Whoever answers there is believed, and told nothing. */
export async function listenUnderTls(
  subject: Subject,
  address: string,
  signal: AbortSignal,
): Promise<PlainWords> {
  let believing = subject;
  for (;;) {
    try {
      await using probe = await ProbeConnection.open(believing, address, signal);
      await probe.control.secure(probe.tls, signal);
      return await listen(probe, signal);
    } catch (error) {
      signal.throwIfAborted();
      const shown = error instanceof TlsError ? error.certificate : undefined;
      if (!shown || believing !== subject) return { ...nothing, refusesFtp: refusesFtp(error) };
      believing = trusting(subject, shown.fingerprint);
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
      // Not awaited: what comes to it comes in the greeting's place.
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

// Implicit TLS begins at once; explicit after the engine's own words up to 234, in place of its
// handshake.
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
