import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { toRemotePath } from '../../src/base/paths.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import type { ExaminationParts } from '../../src/doctor/doctorOptions.ts';
import type {
  DoctorReport,
  RungTrial,
  Stage,
  StageId,
  TrialOutcome,
} from '../../src/doctor/report/report.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../src/ftp/net/tls.ts';
import { nodeTlsProbe } from '../../src/ftp/net/tlsProbe.ts';
import { type Credentials, defaultOptions, type FtpConnectOptions } from '../../src/ftp/options.ts';
import { anna, live } from './engine.ts';
import { testCertificate } from './testCertificate.ts';

export interface DoctorOverrides extends Partial<
  Omit<FtpConnectOptions, 'timeouts' | 'trust' | 'port'>
> {
  readonly timeouts?: Partial<FtpConnectOptions['timeouts']>;
  readonly trust?: Partial<FtpConnectOptions['trust']>;
  readonly environment?: Partial<ExaminationParts>;
  readonly credentials?: Credentials;
  readonly connections?: number;
  readonly writes?: boolean;
  readonly folder?: string;
  readonly signal?: AbortSignal;
  readonly onStage?: (stage: Stage) => void;
}

let ids = 0;

/** Examines a server at `port` of loopback with short deadlines. Its test certificate is trusted. */
export async function examine(
  port: number,
  overrides: DoctorOverrides = {},
): Promise<DoctorReport> {
  const { timeouts, trust, environment, credentials, connections, writes, folder, ...more } =
    overrides;
  const { signal, onStage, ...connect } = more;
  const { fingerprint } = await testCertificate;
  return await diagnose(
    {
      connect: {
        ...defaultOptions,
        host: '127.0.0.1',
        port,
        ...connect,
        trust: { ...defaultOptions.trust, fingerprints: [fingerprint], ...trust },
        timeouts: {
          ...defaultOptions.timeouts,
          connect: 1_500,
          reply: 2_000,
          dataConnection: 400,
          dataProbe: 300,
          ...timeouts,
        },
      },
      connections: connections ?? 1,
      writes: writes ?? false,
      ...(folder !== undefined && { folder: toRemotePath(folder) }),
    },
    credentials ?? anna,
    {
      network: tcpNetwork(systemClock),
      lookup: async (host) => [host],
      tls: nodeTls,
      tlsProbe: nodeTlsProbe,
      clock: systemClock,
      logger: silentLogger,
      newId: () => `doctor${++ids}`,
      ...environment,
    },
    signal ?? live,
    onStage,
  );
}

/** The stage of that name; all stages are in every report. */
export function stageOf({ stages }: DoctorReport, id: StageId): Stage {
  const stage = stages.find((one) => one.id === id);
  if (!stage) throw new Error(`There is no stage ${id}`);
  return stage;
}

/** The outcome of every trial, by its rung as in "block default". */
export function outcomesOf({ network }: DoctorReport): Readonly<Record<string, TrialOutcome>> {
  return Object.fromEntries(
    network.trials.map(({ rung, outcome }: RungTrial) => [
      `${rung.mode} ${rung.dataPort}`,
      outcome,
    ]),
  );
}
