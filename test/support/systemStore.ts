// Connects to a server and prints the outcome. It runs in a process of its own, whose SSL_CERT_FILE
// stands for the system's store of authorities. Arguments: the server's port, a pinned fingerprint.
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { connectFtp } from '../../src/ftp/connectFtp.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../src/ftp/net/tls.ts';
import { anonymous, defaultOptions } from '../../src/ftp/options.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';

const [, , port, fingerprint] = process.argv;

try {
  await using _connection = await connectFtp(
    {
      ...defaultOptions,
      host: '127.0.0.1',
      port: Number(port),
      trust: {
        ...defaultOptions.trust,
        fingerprints: fingerprint === undefined ? [] : [fingerprint],
      },
    },
    anonymous,
    {
      network: tcpNetwork(systemClock),
      tls: nodeTls,
      clock: systemClock,
      logger: silentLogger,
      profile: new ServerProfile(allRungs),
    },
    new AbortController().signal,
  );
  process.stdout.write('connected');
} catch (error) {
  process.stdout.write(error instanceof Error && 'problem' in error ? String(error.problem) : 'x');
}
