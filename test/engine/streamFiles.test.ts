import { expect, test } from 'vitest';
import { sameBytes } from '../../src/base/bytes.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { chooseRungs } from '../../src/ftp/rung.ts';
import { connectEngine, patternBytes, readWhole, startTestServer } from '../support/engine.ts';
import { saidInOneGo } from '../support/listeningLogger.ts';

const rungs = chooseRungs('stream', 'epsv');
const content = patternBytes(4_096);

test('the size of a file in stream mode is asked with its data port', async () => {
  await using server = await startTestServer({ files: { '/a': content, '/b': content } });
  const { said, logger } = saidInOneGo();
  const profile = new ServerProfile(rungs);
  await using connection = await connectEngine(server.endpoint.port, { rungs, profile, logger });
  await readWhole(connection, '/a');
  said.length = 0;
  expect(sameBytes(await readWhole(connection, '/b'), content)).toBe(true);
  expect(said).toEqual(['SIZE EPSV', 'RETR']);
});

test('in lockstep the size is asked afterwards', async () => {
  await using server = await startTestServer({ files: { '/a': content } });
  const { said, logger } = saidInOneGo();
  const options = { rungs, pipelineDepth: 1, logger };
  await using connection = await connectEngine(server.endpoint.port, options);
  said.length = 0;
  expect(sameBytes(await readWhole(connection, '/a'), content)).toBe(true);
  expect(said).toEqual(['EPSV', 'RETR', 'SIZE']);
});
