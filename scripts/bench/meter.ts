// Loaded before a program that is measured: at the end it writes what the program needed, in JSON.
import { writeFileSync } from 'node:fs';

/** What a program needed from its start to its end. */
export interface Needed {
  readonly processorMs: number;
  readonly peakBytes: number;
}

process.once('exit', () => {
  const { user, system } = process.cpuUsage();
  const needed: Needed = {
    processorMs: (user + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  writeFileSync(process.env['BENCH_METER'] ?? '', JSON.stringify(needed));
});
