// The engine from a terminal: builds what the verbs work with and hands the arguments on.
import { homedir } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { systemClock } from './base/clock.ts';
import { runCommandLine } from './cli/commandLine.ts';
import { interruption, processTerminal } from './cli/terminal.ts';
import { systemLookup } from './ftp/net/lookup.ts';
import { tcpNetwork } from './ftp/net/tcp.ts';
import { nodeTls } from './ftp/net/tls.ts';
import { nodeTlsProbe } from './ftp/net/tlsProbe.ts';
import { newTemporaryId } from './session/temporaryNames.ts';

/** Does what the arguments of this process say. */
export async function runInTerminal(): Promise<void> {
  const { stdin, stdout, stderr, argv, env, platform } = process;
  process.exitCode = await runCommandLine(
    argv.slice(2),
    {
      terminal: processTerminal({ input: stdin, output: stdout, errors: stderr }),
      clock: systemClock,
      network: tcpNetwork(systemClock),
      lookup: systemLookup,
      tls: nodeTls,
      tlsProbe: nodeTlsProbe,
      environment: env,
      workingDirectory: process.cwd(),
      homeDirectory: homedir(),
      platform,
      version: packageJson.version,
      newId: newTemporaryId,
    },
    interruption(process, systemClock),
  );
  // A terminal that is still being read would keep the process alive.
  stdin.destroy();
}
