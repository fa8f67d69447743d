import type { DataPortName } from '../../ftp/rung.ts';
import type { DoctorReport, RungTrial } from './report.ts';

/** What firewalls must let through for a data port to work, at both sides, in words. */
export interface NeededPorts {
  readonly dataPort: DataPortName;
  readonly client: string;
  readonly server: string;
}

/** For the control connection and each data port; the ports that were seen stand as examples. */
export function neededPorts({ network, security }: DoctorReport): readonly NeededPorts[] {
  const { port } = network;
  const below = security === 'implicit' ? 989 : port - 1;
  const passive = seen(network.trials, ['epsv', 'pasv'], ({ serverPort }) => serverPort);
  const chosen = seen(network.trials, ['eprt', 'port'], ({ clientPort }) => clientPort);
  return [
    {
      dataPort: 'default',
      client: 'in, to the port of its own that the control connection comes from',
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

// As many as fit into a line.
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
