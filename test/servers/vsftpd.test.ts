import { describeConformance } from './conformance.ts';
import { vsftpd } from './kinds/vsftpd.ts';

await describeConformance(vsftpd);
