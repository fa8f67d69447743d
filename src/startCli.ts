// What a terminal runs first. It has Node keep the compiled code of all the rest, and loads that.
import nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { stateFolder } from './cli/stateFolder.ts';

async function main(): Promise<void> {
  const { env: environment, platform } = process;
  const folder = stateFolder({ environment, platform, homeDirectory: homedir() });
  // Not where Node would put it: what stands below /tmp may be another user's, and it is run.
  keepCompiled(join(folder, 'compiled'));
  const { runInTerminal } = await import('./cli.ts');
  await runInTerminal();
}

// Node 20 has no such cache, whatever its types say.
function keepCompiled(folder: string): void {
  const { enableCompileCache }: Partial<typeof nodeModule> = nodeModule;
  enableCompileCache?.(folder);
}

void main();
