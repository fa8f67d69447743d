import { describeConformance } from './conformance.ts';
import { ftpSrv } from './kinds/ftpSrv.ts';

await describeConformance(ftpSrv);
