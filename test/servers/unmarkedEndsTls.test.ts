import { describeConformance } from './conformance.ts';
import { unmarkedEnds } from './kinds/portside.ts';

await describeConformance(unmarkedEnds, ['TLSv1.3']);
