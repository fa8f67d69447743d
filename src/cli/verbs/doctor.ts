import { diagnose } from '../../doctor/diagnose.ts';
import type { DoctorReport, FixChanges } from '../../doctor/report/report.ts';
import { stageText, verdictText } from '../../doctor/report/reportText.ts';
import { silentLogger } from '../../base/logger.ts';
import { visibleText } from '../../base/visibleText.ts';
import { mostHelpfulConnections } from '../../session/sessionOptions.ts';
import { parseArguments } from '../arguments.ts';
import { connectionOptions, connectOptions, readConnectionChoice } from '../connectionOptions.ts';
import { jsonText } from '../jsonText.ts';
import { oneAddress } from '../positionals.ts';
import { credentialsOf } from '../credentials.ts';
import { terminalLogger } from '../terminalLogger.ts';
import type { Verb } from '../verb.ts';

/**
 * Tests the connection to a server and says what is wrong with it. What earlier commands learnt of the
 * server is not used: it may be what is wrong.
 */
export const doctor: Verb = {
  usage: 'doctor [--json] [--write] URL',
  summary:
    'find out what is wrong with a connection; exit code 0 if you can work with it. With --write it ' +
    'also writes two small files, renames and deletes them',
  run: async (args, parts, signal) => {
    const { values, positionals } = parseArguments(args, {
      ...connectionOptions,
      json: { type: 'boolean' },
      write: { type: 'boolean' },
    } as const);
    const address = oneAddress(positionals, doctor);
    const choice = await readConnectionChoice(values, parts, signal);
    const { terminal, network, lookup, tls, tlsProbe, clock, newId } = parts;
    const credentials = await credentialsOf(address, parts, signal);
    // The report tells what failed: the log would only repeat it.
    const logger = choice.trace ? terminalLogger(terminal, choice) : silentLogger;
    const writing = terminalLines(terminal);
    const report = await diagnose(
      {
        connect: connectOptions(address, choice),
        ...(address.path !== undefined && { folder: address.path }),
        connections: choice.connections ?? mostHelpfulConnections,
        writes: values.write ?? false,
      },
      credentials,
      { network, lookup, tls, tlsProbe, clock, newId, logger },
      signal,
      (stage) => values.json || writing.add(stageText(stage)),
    );
    await writing.done;
    await terminal.write(values.json ? jsonText(report) : `\n${shown(verdict(report))}\n`);
    return report.usable;
  },
};

interface Lines {
  add(text: string): void;
  readonly done: Promise<void>;
}

// The test does not wait for a slow reader of its lines. They keep their order all the same.
function terminalLines(terminal: { write(output: string): Promise<void> }): Lines {
  let done = Promise.resolve();
  return {
    add: (text) => {
      done = done.then(() => terminal.write(`${shown(text)}\n`));
      done.catch(() => {});
    },
    get done() {
      return done;
    },
  };
}

const shown = (text: string): string => text.split('\n').map(visibleText).join('\n');

function verdict(report: DoctorReport): string {
  const options = report.fix ? optionsFor(report.fix.changes) : '';
  return `${verdictText(report)}${options && `\nIn the command line: ${options}`}`;
}

/** The options of the command line that make the same changes; empty where there are none. */
function optionsFor(changes: FixChanges): string {
  const { security, port, mode, dataPort, fingerprint, maxConnections, minTlsVersion, charset } =
    changes;
  return [
    security && `--security ${security}`,
    port !== undefined && `port ${port} in the address`,
    mode && `--mode ${mode}`,
    dataPort && `--data-port ${dataPort}`,
    fingerprint && `--fingerprint ${fingerprint}`,
    maxConnections !== undefined && `--connections ${maxConnections}`,
    minTlsVersion && `--min-tls ${minTlsVersion.replace('TLSv', '')}`,
    charset && `--charset ${charset}`,
  ]
    .filter(Boolean)
    .join(' ');
}
