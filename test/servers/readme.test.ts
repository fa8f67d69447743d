import { expect, test } from 'vitest';
import { expectInReadme } from '../support/readme.ts';
import { allServers } from './kinds/all.ts';
import { pinnedServers } from './lacks.ts';
import { conformanceTable } from './support/conformanceTable.ts';

// What each row says is held by the tests of its server: they fail where it is not so.
test('the table of the README says what is known of each server', async () => {
  await expectInReadme('conformance', conformanceTable(allServers));
});

test('no lack is written down of a server that nobody knows', () => {
  const names = allServers.map(({ name }) => name);
  expect(pinnedServers().filter((server) => !names.includes(server))).toEqual([]);
});
