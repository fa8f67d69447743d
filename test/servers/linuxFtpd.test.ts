import { describeConformance } from './conformance.ts';
import { linuxFtpd } from './kinds/linuxFtpd.ts';

await describeConformance(linuxFtpd);
