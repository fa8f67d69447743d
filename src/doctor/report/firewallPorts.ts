import type { DataPortName } from '../../ftp/rung.ts';
import type { DoctorReport, RungTrial } from './report.ts';

/** What firewalls on both sides must let through for a data port to work, in words. */
export interface NeededPorts {
  readonly dataPort: DataPortName;
  readonly client: string;
  readonly server: string;
}

/** For each data port; the ports that the test has seen stand as examples. */
export function neededPorts({ network, security }: DoctorReport): readonly NeededPorts[] {
  const { port } = network;
  const below = security === 'implicit' ? 989 : port - 1;
  const passive = seen(network.trials, ['epsv', 'pasv'], ({ serverPort }) => serverPort);
  const chosen = seen(network.trials, ['eprt', 'port'], ({ clientPort }) => clientPort);
  return [
    {
      dataPort: 'default',
      client: 'in, to the port that it uses for the control connection',
      server: `out, from port ${below}`,
    },
    ...(['epsv', 'pasv'] as const).map((dataPort) => ({
      dataPort,
      client: 'out, to any port',
      server: `in, to its passive ports${passive}`,
    })),
    ...(['eprt', 'port'] as const).map((dataPort) => ({
      dataPort,
      client: `in, to the ports that it names${chosen}`,
      server: `out, from port ${below}`,
    })),
  ];
}

// More do not fit into a line.
const mostSeen = 3;

function seen(
  trials: readonly RungTrial[],
  ports: readonly DataPortName[],
  portOf: (trial: RungTrial) => number | undefined,
): string {
  const numbers = trials
    .filter(({ rung }) => ports.includes(rung.dataPort))
    .map(portOf)
    .filter((port) => port !== undefined);
  return numbers.length > 0
    ? ` (seen: ${[...new Set(numbers)].slice(0, mostSeen).join(', ')})`
    : '';
}
