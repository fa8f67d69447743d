import { expect, test } from 'vitest';
import { causeIds, stageIds } from '../../../src/doctor/report/report.ts';
import { startTestServer } from '../../support/engine.ts';
import { scriptedPeer } from '../../support/scriptedPeer.ts';
import { addressOf, annasPassword, runCli } from './cliRun.ts';

const files = { '/hello.txt': 'hello' };

test('doctor tells the stages as they go, then the cause, and succeeds where all is well', async () => {
  await using server = await startTestServer({ files });
  const [url, trust] = await addressOf(server);
  const written: string[] = [];
  const { code, told } = await runCli(['doctor', trust, url], {
    environment: annasPassword,
    onOutput: (text) => written.push(text),
  });
  expect([code, told]).toEqual([0, []]);
  expect(written[0]).toMatch(/^Name: ok\./);
  expect(written.length).toBe(stageIds.length + 1);
  expect(written.at(-1)).toBe('\nCause: none\nEverything that was tested works.\n');
});

test('doctor --json writes one report and nothing else', async () => {
  await using server = await startTestServer({ files });
  const [url, trust] = await addressOf(server);
  const { code, output } = await runCli(['doctor', '--json', trust, url], {
    environment: annasPassword,
  });
  expect(code).toBe(0);
  const report: unknown = JSON.parse(output.toString());
  expect(report).toMatchObject({ cause: 'none', certainty: 'certain', usable: true });
  expect(report).toHaveProperty('stages.length', stageIds.length);
  expect(output.toString()).not.toContain('secret');
});

test('doctor fails where one cannot work, and names the options that heal it', async () => {
  await using server = await startTestServer({ tls: 'implicit', files });
  const { port } = server.endpoint;
  const [, trust] = await addressOf(server);
  const environment = annasPassword;
  const wrong = `ftpes://anna@127.0.0.1:${port}/`;
  const { code, output } = await runCli(['doctor', trust, wrong], { environment });
  expect(code).toBe(1);
  expect(output.toString()).toContain('Cause: implicit-tls-expected');
  expect(output.toString()).toContain('In the command line: --security implicit');
  const healed = await runCli(['doctor', '--security', 'implicit', trust, wrong], { environment });
  expect(healed.code).toBe(0);
});

test('a terminal obeys nothing that a server says', async () => {
  await using peer = await scriptedPeer({ greeting: '\x1b[31mred\x07\r\n' });
  const { code, output } = await runCli(['doctor', `ftp://127.0.0.1:${peer.port}/`]);
  expect(code).toBe(1);
  expect(output.toString()).toContain('Cause: not-ftp');
  expect(output.toString().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

test('a folder that is not there is told of, and no hindrance', async () => {
  await using server = await startTestServer({ files });
  const [url, trust] = await addressOf(server, '/missing');
  const { code, output } = await runCli(['doctor', trust, url], { environment: annasPassword });
  expect(code).toBe(0);
  expect(output.toString()).toContain('the folder: warning, not found');
});

test('every cause has its own word', () => {
  expect(new Set(causeIds).size).toBe(causeIds.length);
  for (const cause of causeIds) expect(cause).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
});
