import { describeConformance } from './conformance.ts';
import { portside } from './kinds/portside.ts';

await describeConformance(portside('standard', { mode: 'block', dataPort: 'default' }));
await describeConformance(portside('iis', { mode: 'block', dataPort: 'default' }));
await describeConformance(portside('no-framing', { mode: 'stream', dataPort: 'epsv' }));
await describeConformance(portside('framed-eof-on-data', { mode: 'block', dataPort: 'default' }));
await describeConformance(portside('close-each', { mode: 'block', dataPort: 'default' }));
