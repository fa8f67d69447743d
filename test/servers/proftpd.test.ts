import { describeConformance } from './conformance.ts';
import { proftpd } from './kinds/proftpd.ts';

await describeConformance(proftpd);
