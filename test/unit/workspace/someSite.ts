import { readSites } from '../../../src/workspace/settings.ts';
import type { Site } from '../../../src/workspace/sites/site.ts';

/** A site with everything by default, but for what is given. */
export function someSite(more: Partial<Site> = {}): Site {
  const [site] = readSites([{ id: 'shop', name: 'Shop', host: 'ftp.example.com' }]).sites;
  if (!site) throw new Error('The settings of the example cannot be read');
  return { ...site, ...more };
}
