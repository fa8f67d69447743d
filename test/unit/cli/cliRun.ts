import { tmpdir } from 'node:os';
import { systemClock } from '../../../src/base/clock.ts';
import { type ExitCode, runCommandLine } from '../../../src/cli/commandLine.ts';
import type { VerbParts } from '../../../src/cli/verb.ts';
import { systemLookup } from '../../../src/ftp/net/lookup.ts';
import { tcpNetwork } from '../../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../../src/ftp/net/tls.ts';
import { nodeTlsProbe } from '../../../src/ftp/net/tlsProbe.ts';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import { testCertificate } from '../../support/testCertificate.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../scripts/temporaryFolder.ts';

/** What a command left behind. */
export interface CliRun {
  readonly code: ExitCode;
  readonly output: Buffer;
  /** The lines on standard error. */
  readonly told: readonly string[];
}

export interface CliOptions extends Partial<Omit<VerbParts, 'terminal'>> {
  readonly input?: string | Uint8Array;
  /** What the user types where a password is asked for. */
  readonly types?: string;
  readonly signal?: AbortSignal;
  /** Called with each line on standard output. */
  readonly onOutput?: (text: string) => void;
}

let ids = 0;

/** Runs a command in this process, as a terminal would: at home in a new folder, where nothing is known. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  await using home = await temporaryFolder();
  const pieces: Uint8Array[] = [];
  const told: string[] = [];
  const { input = '', types, onOutput, signal = new AbortController().signal, ...rest } = options;
  const parts: VerbParts = {
    clock: systemClock,
    network: tcpNetwork(systemClock),
    lookup: systemLookup,
    tls: nodeTls,
    tlsProbe: nodeTlsProbe,
    environment: {},
    workingDirectory: tmpdir(),
    homeDirectory: home.path,
    platform: process.platform,
    version: '1.2.3',
    newId: () => `cli${++ids}`,
    ...rest,
    terminal: {
      input: (async function* () {
        yield Buffer.from(input);
      })(),
      write: async (text) => {
        pieces.push(Buffer.from(text));
        onOutput?.(Buffer.from(text).toString());
      },
      tell: (line) => void told.push(line),
      askSecret: async () => types,
    },
  };
  const code = await runCommandLine(args, parts, signal);
  return { code, output: Buffer.concat(pieces), told };
}

/** The address of a server in this process, and the option that trusts it. */
export async function addressOf(
  { endpoint }: FtpServer,
  path = '',
): Promise<readonly [string, string]> {
  const { fingerprint } = await testCertificate;
  return [`ftpes://anna@127.0.0.1:${endpoint.port}${path}`, `--fingerprint=${fingerprint}`];
}

export const annasPassword: Readonly<Record<string, string>> = { PORTSIDE_PASSWORD: 'secret' };

/** A folder that is gone with the test. */
export function temporaryFolder(): Promise<TemporaryFolder> {
  return makeTemporaryFolder('cli');
}
