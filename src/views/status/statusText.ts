import { visibleText } from '../../base/visibleText.ts';
import type { UploadState } from '../../sync/uploadQueue.ts';
import type { ActivityState } from '../../workspace/activity.ts';
import type { Site } from '../../workspace/sites/site.ts';
import type { SiteState } from '../../workspace/sites/siteConnections.ts';
import { type Formats, withoutIcons } from '../formats.ts';
import { stateWords, statusWords as words } from '../messages.ts';

/** Everything that the status bar item shows. */
export interface Status {
  /** Sites that are connected or connecting. */
  readonly sites: readonly { readonly site: Site; readonly state: SiteState }[];
  readonly activity: ActivityState;
  readonly uploads: UploadState;
  /** Why saved files are not uploaded at all: one sentence for each reason. */
  readonly troubles: readonly string[];
}

/** The text of the status bar item, short and in full. */
export interface StatusText {
  /** Begins with an icon. */
  readonly text: string;
  /** Lines without markup. */
  readonly lines: readonly string[];
  readonly tone: 'usual' | 'warning';
}

/** `undefined` when there is nothing to show and the item is hidden. */
export function statusText(status: Status, formats: Formats): StatusText | undefined {
  const { sites, activity, uploads, troubles } = status;
  const pending = uploads.waiting + uploads.running;
  const quiet = uploads.failed === 0 && activity.transfers === 0 && pending === 0;
  if (sites.length === 0 && quiet && troubles.length === 0) return undefined;
  const lines = [
    ...sites.flatMap(siteLines),
    ...(activity.transfers > 0 ? [transferLine(activity, formats)] : []),
    ...(uploads.waiting > 0 ? [words.waiting(uploads.waiting)] : []),
    ...(uploads.failed > 0 ? [words.failed(uploads.failed)] : []),
    ...troubles.map(visibleText),
  ];
  return {
    text: shortText(status, formats),
    lines,
    tone: uploads.failed > 0 || troubles.length > 0 ? 'warning' : 'usual',
  };
}

function shortText(status: Status, formats: Formats): string {
  const { sites, activity, uploads, troubles } = status;
  if (uploads.failed > 0) return `$(warning) ${words.failed(uploads.failed)}`;
  if (troubles.length > 0) return `$(warning) ${words.notUploading()}`;
  const [first] = sites;
  if (sites.some(({ state }) => state.kind === 'connecting')) {
    return `$(loading~spin) ${words.connecting()}`;
  }
  if (activity.transfers > 0) {
    const rate = activity.rate > 0 ? ` · ${formats.rate(activity.rate)}` : '';
    return `$(sync~spin) ${activity.transfers}${rate}`;
  }
  const name = first && sites.length === 1 ? withoutIcons(visibleText(first.site.name)) : undefined;
  return `$(vm-active) ${name ?? words.sites(sites.length)}`;
}

/** The lines about one site: its name and state, its rung, and how busy it is. */
export function siteLines({ site, state }: Status['sites'][number]): readonly string[] {
  const idle = state.kind === 'connected' && state.session.connections === 0;
  const name = `${visibleText(site.name)}: ${idle ? stateWords.idle() : stateText(state)}`;
  if (state.kind !== 'connected') return [name];
  const { rung, connections, busy } = state.session;
  if (idle) return [name, ...(rung ? [rung] : [])];
  return [name, rung ?? words.noRung(), words.connections(connections, busy)];
}

/** A site's state in words. For a site that could not connect it names the kind of failure. */
export function stateText(state: SiteState): string {
  return stateWords[state.kind === 'failed' ? state.why : state.kind]();
}

/** The host, if it tells more than the name. */
export function hostBeside({ name, host }: Site): string {
  return host === name ? '' : visibleText(host);
}

function transferLine({ transfers, rate }: ActivityState, formats: Formats): string {
  const count = words.transfers(transfers);
  return rate > 0 ? `${count} · ${formats.rate(rate)}` : count;
}
