import * as vscode from 'vscode';
import { Emitter, type Event } from '../../base/event.ts';
import { rootPath } from '../../base/paths.ts';
import { RemoteFileError } from '../../session/remoteFileError.ts';
import { readSites } from '../settings.ts';
import type { Site } from './site.ts';

/** What a person chose of a site, under the names that the setting uses. */
export type SiteValues = { readonly [Key in keyof Site]?: Site[Key] | undefined };

/** The sites of the user's settings. The setting is the truth: nothing is kept beside it. */
export class SiteStore implements Disposable {
  /** Fires after the sites have changed, whoever changed them. */
  readonly onDidChange: Event<readonly Site[]>;
  readonly #changed = new Emitter<readonly Site[]>();
  readonly #listener: vscode.Disposable;
  #settings = readSites(readSetting());
  #writing: Promise<void> = Promise.resolve();

  constructor() {
    this.onDidChange = this.#changed.event;
    this.#listener = vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration('portside.sites')) return;
      this.#settings = readSites(readSetting());
      this.#changed.fire(this.sites);
    });
  }

  get sites(): readonly Site[] {
    return this.#settings.sites;
  }

  /** A sentence for each entry of the setting that cannot be used. */
  get problems(): readonly string[] {
    return this.#settings.problems;
  }

  find(id: string): Site | undefined {
    return this.sites.find((site) => site.id === id);
  }

  /** The site as it is set now. Throws a `RemoteFileError` where there is none. */
  get(id: string): Site {
    const site = this.find(id);
    if (site) return site;
    const sentence = `There is no site with the id "${id}" in your settings`;
    throw new RemoteFileError('unavailable', rootPath, sentence);
  }

  /** Every id that stands in the setting, those of unusable entries among them. */
  takenIds(): ReadonlySet<string> {
    return new Set(
      readEntries()
        .map(idOf)
        .filter((id) => id !== undefined),
    );
  }

  add(values: SiteValues): Promise<void> {
    return this.#write((entries) => [...entries, clean(values)]);
  }

  /** Changes what is named and leaves the rest of the entry; `undefined` takes a value away. */
  edit(id: string, values: SiteValues): Promise<void> {
    return this.#write((entries) =>
      entries.map((entry) =>
        isObject(entry) && idOf(entry) === id ? clean({ ...entry, ...values }) : entry,
      ),
    );
  }

  remove(id: string): Promise<void> {
    return this.#write((entries) => entries.filter((entry) => idOf(entry) !== id));
  }

  [Symbol.dispose](): void {
    this.#listener.dispose();
    this.#changed[Symbol.dispose]();
  }

  // One after the other, each from what the one before has written: none gets lost.
  #write(change: (entries: readonly unknown[]) => readonly unknown[]): Promise<void> {
    const write = this.#writing.then(() =>
      vscode.workspace
        .getConfiguration('portside')
        .update('sites', change(readEntries()), vscode.ConfigurationTarget.Global),
    );
    this.#writing = write.catch(() => {});
    return write;
  }
}

function readSetting(): unknown {
  return vscode.workspace.getConfiguration('portside').get('sites');
}

// Entries that cannot be used are handed back as they are: somebody may still mend them.
function readEntries(): readonly unknown[] {
  const value = readSetting();
  return Array.isArray(value) ? value : [];
}

function idOf(entry: unknown): string | undefined {
  return isObject(entry) && typeof entry['id'] === 'string' ? entry['id'] : undefined;
}

function isObject(entry: unknown): entry is Readonly<Record<string, unknown>> {
  return typeof entry === 'object' && entry !== null;
}

function clean(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
