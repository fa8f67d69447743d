import type { DoctorReport, RungTrial } from '../../../../src/doctor/report/report.ts';

/** A trial as it comes; what a test is about is given. */
export function trial(
  dataPort: RungTrial['rung']['dataPort'],
  outcome: RungTrial['outcome'],
  more: Partial<RungTrial> = {},
): RungTrial {
  const isPassive = dataPort === 'epsv' || dataPort === 'pasv';
  return {
    rung: { mode: 'stream', dataPort },
    outcome,
    dialledBy: isPassive ? 'client' : 'server',
    said: outcome,
    ms: 1,
    ...more,
  };
}

/** A report of a server that exposes only its port 21. */
export function someReport(overrides: Partial<DoctorReport> = {}): DoctorReport {
  return {
    cause: 'data-ports-filtered-server',
    certainty: 'likely',
    usable: true,
    explanation: 'The passive data ports cannot be reached.',
    advice: 'Open them.',
    security: 'explicit',
    stages: [
      {
        id: 'name',
        title: 'Name',
        outcome: 'ok',
        ms: 3.6,
        summary: 'One address',
        tried: [{ what: '192.0.2.21', outcome: 'ok', said: 'IPv4' }],
      },
    ],
    network: {
      host: 'ftp.example.com',
      port: 21,
      clientAddress: '192.0.2.7',
      serverAddress: '192.0.2.21',
      clientPort: 40_021,
      control: 'loggedIn',
      tlsVersion: 'TLSv1.3',
      trials: [
        trial('default', 'worked', {
          rung: { mode: 'block', dataPort: 'default' },
          clientPort: 40_021,
          serverPort: 20,
        }),
        trial('epsv', 'timedOut', { serverPort: 50_001 }),
        trial('pasv', 'timedOut', { serverPort: 50_002 }),
        trial('eprt', 'refused', { clientPort: 41_000, replyCode: 500 }),
        trial('port', 'notOffered'),
      ],
    },
    ...overrides,
  };
}
