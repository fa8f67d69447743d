import { describeConformance } from './conformance.ts';
import { pyftpdlib } from './kinds/pyftpdlib.ts';

await describeConformance(pyftpdlib);
