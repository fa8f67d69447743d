import { beforeEach, expect, test } from 'vitest';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import { world } from '../../../support/vscode.ts';

const shop = { id: 'shop', host: 'a.example.com', name: 'Shop' };

function stored(): unknown {
  return world.settings.get('portside.sites');
}

beforeEach(() => {
  world.settings.clear();
});

test('a site that is added stands in the settings, without values that the user did not choose', async () => {
  using store = new SiteStore();
  await store.add({ ...shop, root: undefined });
  expect(stored()).toEqual([shop]);
  expect(store.get('shop').host).toBe('a.example.com');
});

test('editing leaves everything else as the user wrote it', async () => {
  world.settings.set('portside.sites', [{ ...shop, port: 2121, note: 'mine' }, 7, { id: 'b' }]);
  using store = new SiteStore();
  await store.edit('shop', { name: 'New', port: undefined });
  expect(stored()).toEqual([{ ...shop, name: 'New', note: 'mine' }, 7, { id: 'b' }]);
});

test('removing takes away one site and no other', async () => {
  world.settings.set('portside.sites', [shop, { id: 'blog', host: 'b' }, { id: 'bad' }]);
  using store = new SiteStore();
  await store.remove('shop');
  expect(stored()).toEqual([{ id: 'blog', host: 'b' }, { id: 'bad' }]);
});

test('changes that come at once all arrive', async () => {
  using store = new SiteStore();
  await Promise.all(['a', 'b', 'c'].map((id) => store.add({ id, host: id })));
  expect(store.sites.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

test('the ids of entries that cannot be used are taken all the same', () => {
  world.settings.set('portside.sites', [shop, { id: 'half' }]);
  using store = new SiteStore();
  expect(store.takenIds()).toEqual(new Set(['shop', 'half']));
  expect(store.problems).toHaveLength(1);
});

test('every listener hears of every change', async () => {
  using store = new SiteStore();
  const heard: number[] = [];
  store.onDidChange((sites) => heard.push(sites.length));
  await store.add(shop);
  await store.remove('shop');
  expect(heard).toEqual([1, 0]);
});

test('a site that is not there is spoken of in a sentence', () => {
  using store = new SiteStore();
  expect(() => store.get('gone')).toThrow('There is no site with the id "gone"');
});
