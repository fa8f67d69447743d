import { describeConformance } from './conformance.ts';
import { vsftpd } from './support/vsftpd.ts';

await describeConformance(vsftpd);
