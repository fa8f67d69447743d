import { expect, test } from 'vitest';
import { loginSources } from '../../../../src/workspace/sites/loginSources.ts';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import { world } from '../../../support/vscode.ts';

test('a certificate that is trusted takes the place of the one before', async () => {
  const [before, after] = ['a', 'b'].map((digit) => digit.repeat(64));
  world.settings.set('portside.sites', [{ id: 'shop', host: 'a', fingerprints: [before] }]);
  const store = new SiteStore();
  await loginSources(store).trust(store.get('shop'), String(after));
  expect(store.get('shop').fingerprints).toEqual([after]);
});
