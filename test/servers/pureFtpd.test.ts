import { describeConformance } from './conformance.ts';
import { pureFtpd } from './kinds/pureFtpd.ts';

await describeConformance(pureFtpd);
