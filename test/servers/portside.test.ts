import { describeConformance } from './conformance.ts';
import { soundServers } from './kinds/portside.ts';

for (const server of soundServers) await describeConformance(server);
