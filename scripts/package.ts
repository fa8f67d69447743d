// `npm run package`: portside.vsix, as it is published.
import { runScript } from './interruption.ts';
import { packageVsix } from './vsix.ts';

await runScript(async (signal) => {
  await packageVsix(signal);
  return 0;
});
