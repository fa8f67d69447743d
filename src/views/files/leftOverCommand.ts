import * as vscode from 'vscode';
import type { Clock } from '../../base/clock.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import type {
  FileOptions,
  LeftOver,
  RemoteEntry,
  RemoteFileSystem,
} from '../../session/remoteFileSystem.ts';
import type { Activity } from '../../workspace/activity.ts';
import { type Place, placeKey } from '../../workspace/place.ts';
import { plainText } from '../../workspace/sentence.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import { siteUri } from '../../workspace/siteUri.ts';
import type { Formats } from '../formats.ts';
import { actions, fileWords, questionWords } from '../messages.ts';
import { leftOverWords as words } from './listingMessages.ts';
import { isYoung, type ListingNotices } from './listingNotices.ts';

/** What the command works with. */
export interface LeftOverParts {
  readonly connections: SiteConnections;
  readonly activity: Activity;
  readonly formats: Formats;
  readonly clock: Clock;
  /** Knows the folders where left-overs were seen, for a call without a folder that has some. */
  readonly listings: Pick<ListingNotices, 'folders'>;
}

type Found = LeftOver & { readonly siteId: string };

interface FoundItem extends vscode.QuickPickItem {
  readonly found: Found;
}

interface ActionItem extends vscode.QuickPickItem {
  readonly run: () => Promise<void>;
}

/** Shows the files that saves have left, and restores, compares or deletes them. */
export class LeftOverCommand {
  readonly #parts: LeftOverParts;

  constructor(parts: LeftOverParts) {
    this.#parts = parts;
  }

  /** The places are folders, or files, which stand for their folders. */
  async run(places: readonly Place[]): Promise<void> {
    const { folders: seen } = this.#parts.listings;
    const named = await this.#leftOversIn(await this.#foldersOf(places));
    const found = named.length > 0 ? named : await this.#leftOversIn(seen);
    if (found.length === 0) {
      const nowhere = places.length === 0 && seen.length === 0;
      void vscode.window.showInformationMessage(nowhere ? words.noFolder() : words.none());
      return;
    }
    const picked = await vscode.window.showQuickPick(
      found.map((one) => this.#item(one)),
      { title: words.title(), placeHolder: words.choose(), matchOnDetail: true },
    );
    if (picked) await this.#choose(picked.found);
  }

  async #choose(found: Found): Promise<void> {
    const title = plainText(nameOf(found.file ?? found.path));
    const items = this.#actions(found);
    const choice = await vscode.window.showQuickPick(items, { title, placeHolder: words.title() });
    await choice?.run();
  }

  #actions(found: Found): ActionItem[] {
    const { file, standing, siteId, path } = found;
    const { readOnly } = this.#parts.connections.site(siteId);
    const item = (icon: string, label: string, detail: string, run: ActionItem['run']) => ({
      label: `$(${icon}) ${label}`,
      detail: plainText(detail),
      run,
    });
    const restoring = file && !readOnly && (!standing || standing.type === 'file');
    return [
      ...(restoring
        ? [
            item('discard', words.restore(), words.restoreDetail(file), () =>
              this.#restore(found, file),
            ),
          ]
        : []),
      ...(file && standing?.type === 'file'
        ? [
            item('diff', words.compare(), words.compareDetail(file), () =>
              this.#compare(found, file),
            ),
          ]
        : []),
      item('go-to-file', words.open(), words.openDetail(), async () => {
        await vscode.commands.executeCommand('vscode.open', siteUri(siteId, path));
      }),
      ...(readOnly
        ? []
        : [item('trash', actions.delete(), words.deleteDetail(), () => this.#delete(found))]),
    ];
  }

  async #restore(found: Found, file: RemotePath): Promise<void> {
    const { siteId, path, entry, standing } = found;
    if (standing) {
      const isNewer = (standing.modified?.getTime() ?? 0) > (entry.modified?.getTime() ?? 0);
      const agreed = await ask(
        words.askRestore(nameOf(file), this.#siteName(siteId)),
        actions.overwrite(),
        [
          ...(isNewer ? [words.newer()] : []),
          words.restoredFacts(this.#facts(entry)),
          words.replacedFacts(this.#facts(standing)),
          ...this.#warnings(found),
        ],
      );
      if (!agreed) return;
    }
    const overwrite = standing !== undefined;
    await this.#on(siteId, (files, options) => files.rename(path, file, { ...options, overwrite }));
    await vscode.commands.executeCommand('vscode.open', siteUri(siteId, file));
  }

  async #compare({ siteId, path }: Found, file: RemotePath): Promise<void> {
    const title = words.comparison(plainText(nameOf(file)), plainText(this.#siteName(siteId)));
    const [left, right] = [siteUri(siteId, path), siteUri(siteId, file)];
    await vscode.commands.executeCommand('vscode.diff', left, right, title);
  }

  async #delete(found: Found): Promise<void> {
    const { siteId, path, file, standing, entry } = found;
    const question = words.askDelete(nameOf(file ?? path), this.#siteName(siteId));
    const agreed = await ask(question, actions.delete(), [
      words.restoredFacts(this.#facts(entry)),
      ...(standing ? [] : [words.onlyCopy()]),
      ...this.#warnings(found),
      fileWords.deleteDetail(),
    ]);
    if (!agreed) return;
    const recursive = entry.type === 'directory';
    await this.#on(siteId, (files, options) => files.delete(path, { ...options, recursive }));
  }

  #warnings(found: Found): string[] {
    return isYoung(found, this.#parts.clock.now()) ? [words.young()] : [];
  }

  #item(found: Found): FoundItem {
    const { path, file, standing, entry } = found;
    const stands = standing
      ? words.standing(file ?? '', this.#facts(standing))
      : words.nothingStanding(file ?? '');
    return {
      found,
      label: plainText(file === undefined ? words.cutName() : nameOf(file)),
      description: this.#facts(entry),
      detail: plainText(file === undefined ? path : stands),
    };
  }

  #facts({ size, modified }: RemoteEntry): string {
    const { formats } = this.#parts;
    const facts = [
      ...(size === undefined ? [] : [formats.bytes(size)]),
      ...(modified ? [questionWords.changedAt(formats.time(modified.getTime()))] : []),
    ];
    return facts.length > 0 ? facts.join(', ') : questionWords.unknownFacts();
  }

  async #foldersOf(places: readonly Place[]): Promise<readonly Place[]> {
    const folders = new Map<string, Place>();
    for (const { siteId, path } of places) {
      const { type, targetType } = await this.#on(siteId, (files, options) =>
        files.stat(path, options),
      );
      const isFolder = type === 'directory' || targetType === 'directory';
      const folder = { siteId, path: isFolder ? path : parentOf(path) };
      folders.set(placeKey(folder), folder);
    }
    return [...folders.values()];
  }

  async #leftOversIn(folders: readonly Place[]): Promise<Found[]> {
    const found: Found[] = [];
    for (const { siteId, path } of folders) {
      const inside = await this.#on(siteId, (files, options) => files.leftOvers(path, options));
      found.push(...inside.map((leftOver) => ({ ...leftOver, siteId })));
    }
    return found;
  }

  #siteName(siteId: string): string {
    return this.#parts.connections.site(siteId).name;
  }

  #on<T>(
    siteId: string,
    work: (files: RemoteFileSystem, options: FileOptions) => Promise<T>,
  ): Promise<T> {
    const { connections, activity } = this.#parts;
    connections.allowQuestions(siteId);
    const files = connections.files(siteId);
    return activity.run(siteId, 'question', (options) => work(files, options));
  }
}

async function ask(question: string, yes: string, detail: readonly string[]): Promise<boolean> {
  const options = { modal: true, detail: plainText(detail.join('\n')) };
  return (await vscode.window.showWarningMessage(plainText(question), options, yes)) === yes;
}
