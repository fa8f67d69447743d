import { describeConformance } from './conformance.ts';
import { inetutils } from './kinds/inetutils.ts';

await describeConformance(inetutils);
