import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer } from '../../support/engine.ts';
import { addressOf, annasPassword, runCli, temporaryFolder } from './cliRun.ts';

test('a name that the charset cannot say is told of once, and not laid upon the server', async () => {
  await using server = await startTestServer();
  await using folder = await temporaryFolder();
  const local = join(folder.path, '日本.txt');
  await writeFile(local, 'x');
  const [url, trust] = await addressOf(server, '/');
  const { code, told } = await runCli(['put', '--charset', 'windows-1252', trust, local, url], {
    environment: annasPassword,
  });
  expect(code).toBe(1);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('its name cannot be sent to the server. A letter is not in');
});
