import { describeConformance } from './conformance.ts';
import { faultyServers, unmarkedEnds } from './kinds/portside.ts';

// The tests of `unmarkedEnds` mostly wait, for minutes: each of its columns is a file of its own.
for (const server of faultyServers) {
  if (server !== unmarkedEnds) await describeConformance(server);
}
