import { describeConformance } from './conformance.ts';
import { faultyServers } from './kinds/portside.ts';

for (const server of faultyServers) await describeConformance(server);
