import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { windowUrl } from '../../../scripts/vscode/host.ts';
import { openWorkbench } from '../../../scripts/vscode/workbench.ts';
import type { Suite } from '../../../scripts/stages/mochaRun.ts';
import type { World } from './world.ts';

const login = ['AUTH', 'USER', 'PASS', 'PBSZ', 'PROT', 'FEAT', 'OPTS', 'TYPE', 'MODE'];

// In which VS Code has looked for all that a new window looks for.
const quietAfterMs = 8_000;

/** A window that is opened on a folder of a server which it has not met. */
export function newWindow({ browser, host, counted }: World): Suite {
  return () =>
    describe('a new window on a folder', () => {
      it('asks the server for what it shows, and for little else, by one connection', async () => {
        const workbench = await openWorkbench(browser, windowUrl(host, { folder: counted.uri }));
        await workbench.explorerRow('index.html').waitFor();
        await delay(quietAfterMs);
        const verbs = counted.commands.map((command) => command.split(' ')[0] ?? '');
        await workbench.page.close();
        assert.deepEqual(verbs.filter((verb) => login.includes(verb)).toSorted(), login.toSorted());
        // VS Code may look for more names once the first listing is no proof any more that they are absent.
        const others = verbs.filter((verb) => !login.includes(verb));
        assert.deepEqual([...new Set(others)].toSorted(), ['MLSD', 'PWD']);
        assert.ok(verbs.length <= 30, counted.commands.join('\n'));
      });
    });
}
