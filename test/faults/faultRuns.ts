import { type FaultRun, runFault } from './faultRun.ts';
import { type FaultServer, type FaultServerName, startFaultServer } from './faultServers.ts';
import { type Wrong, wrongs } from './judgement.ts';
import { seededRandom } from './random.ts';

/** How often what happened; of the wrongs, in how many runs. */
export type FaultTally = { readonly runs: number; readonly fired: number } & Readonly<
  Record<Wrong, number>
>;

export interface FaultReport {
  readonly tally: FaultTally;
  /** The runs in which anything went wrong. */
  readonly problems: readonly (FaultRun & { readonly run: number })[];
}

export interface FaultRunsOptions {
  readonly server: FaultServerName;
  readonly seed: number;
  readonly runs: number;
  /** Only this one of them. */
  readonly only?: number;
  /** How many at a time, each on a server of its own: a run mostly waits. */
  readonly lanes: number;
  readonly signal: AbortSignal;
  readonly onRun?: (run: FaultRun & { readonly run: number }) => void;
}

/** Lets one fault happen in each run. The seed and the run's number decide what happens in it. */
export async function runFaults(options: FaultRunsOptions): Promise<FaultReport> {
  const { runs, only, lanes } = options;
  const numbers = only === undefined ? Array.from({ length: runs }, (_, run) => run) : [only];
  const waiting = numbers.values();
  const done: (FaultRun & { readonly run: number })[] = [];
  const lane = async (): Promise<void> => {
    await using servers = new LaneServers(options);
    for (const run of waiting) {
      const happened = { run, ...(await oneRun(servers, options, run)) };
      done.push(happened);
      options.onRun?.(happened);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, numbers.length) }, lane));
  return { tally: tallyOf(done), problems: done.filter(({ wrongs }) => wrongs.length > 0) };
}

async function oneRun(
  servers: LaneServers,
  { seed, signal }: FaultRunsOptions,
  run: number,
): Promise<FaultRun> {
  signal.throwIfAborted();
  const random = seededRandom(Math.imul(seed, 1_000_003) + run);
  const server = await servers.get(random.chance(0.3));
  return await runFault(server, random, `run-${run}`);
}

function tallyOf(runs: readonly FaultRun[]): FaultTally {
  const count = (wrong: Wrong): number =>
    runs.filter((run) => run.wrongs.some(([kind]) => kind === wrong)).length;
  const counted = Object.fromEntries(wrongs.map((wrong) => [wrong, count(wrong)]));
  const fired = runs.filter(({ fired }) => fired).length;
  return { runs: runs.length, fired, ...(counted as Record<Wrong, number>) };
}

/** A server in the clear and one under TLS, started when they are first needed. */
class LaneServers implements AsyncDisposable {
  readonly #options: FaultRunsOptions;
  readonly #started = new Map<boolean, FaultServer>();

  constructor(options: FaultRunsOptions) {
    this.#options = options;
  }

  async get(encrypted: boolean): Promise<FaultServer> {
    const { server: name, signal } = this.#options;
    const started =
      this.#started.get(encrypted) ?? (await startFaultServer(name, encrypted, signal));
    this.#started.set(encrypted, started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#started.values()) await server[Symbol.asyncDispose]();
  }
}
