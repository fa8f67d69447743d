import { expect } from 'vitest';
import { at, live } from '../support/site.ts';
import type { StartOption } from '../support/realServer.ts';
import type { Cells } from './cells.ts';
import type { Ground } from './ground.ts';

const sessions = 2;
const idleSeconds = 1;

/** What a server bears is found out, and what it ends is begun anew. */
export const limitTests: Readonly<
  Record<Exclude<StartOption, 'timeZone'>, (test: Cells, ground: () => Ground) => void>
> = {
  sessions: (test, ground) => {
    test('a server that bears two sessions is asked by two', async () => {
      await using narrow = await ground().another({ sessions });
      const { disk, ...on } = narrow;
      const folder = await on.folder();
      const names = Array.from({ length: 20 }, (_, index) => `${index}`);
      for (const name of names) await disk.put(`${folder}/${name}`, name);
      await using site = on.open({ session: { maxConnections: 4 } });
      const reads = await Promise.all(
        names.map((name) => site.files.readFile(at(`${folder}/${name}`), { signal: live })),
      );
      expect(reads.map((read) => Buffer.from(read.content).toString())).toEqual(names);
      expect(site.files.state.connections).toBeLessThanOrEqual(sessions);
    });
  },
  idleSeconds: (test, ground) => {
    test('a session that the server ended is begun anew', async () => {
      await using impatient = await ground().another({ idleSeconds });
      const { disk, ...on } = impatient;
      const folder = await on.folder();
      await disk.put(`${folder}/file`, 'x');
      await using site = on.open();
      await site.files.readFile(at(`${folder}/file`), { signal: live });
      await site.connections[0]?.closed;
      const read = await site.files.readFile(at(`${folder}/file`), { signal: live });
      expect(Buffer.from(read.content).toString()).toBe('x');
      expect(site.connections).toHaveLength(2);
    });
  },
};
