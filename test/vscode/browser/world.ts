import type { Browser } from 'playwright-core';
import type { Host } from '../../../scripts/vscode/host.ts';
import type { CountedSite } from './countedSite.ts';

/** What the suites of the browser stage are given: everything is started, nothing is opened. */
export interface World {
  readonly browser: Browser;
  /** A VS Code with the VSIX installed and the sample site in its settings. */
  readonly host: Host;
  /** The served folder on the disk. */
  readonly folder: string;
  /** A site that nothing has been asked of yet. */
  readonly counted: CountedSite;
  /** Where pictures of failures go. */
  readonly pictures: string;
  readonly signal: AbortSignal;
}
