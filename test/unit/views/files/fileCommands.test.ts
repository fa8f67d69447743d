import { expect, test } from 'vitest';
import { FileCommands } from '../../../../src/views/files/fileCommands.ts';
import type { SitesTree } from '../../../../src/views/sites/sitesView.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import type { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { someSite } from '../../workspace/someSite.ts';

test('refreshing without a row forgets what is known of every connected site', async () => {
  const done: string[] = [];
  const connections = {
    sites: ['shop', 'blog', 'idle'].map((id) => someSite({ id })),
    state: (id: string) => ({ kind: id === 'idle' ? 'disconnected' : 'connected' }),
    files: (id: string) => ({ forget: (path: string) => void done.push(`forget ${id}${path}`) }),
  } as unknown as SiteConnections;
  const tree = { refresh: () => void done.push('draw') } as unknown as SitesTree;
  await new FileCommands(connections, new Activity(new FakeClock()), tree).refresh([]);
  expect(done).toEqual(['forget shop/', 'forget blog/', 'draw']);
});
