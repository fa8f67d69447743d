import * as vscode from 'vscode';
import { CancelledError } from '../../base/abort.ts';
import { nameOf, parentOf, resolvePath } from '../../base/paths.ts';
import type { FileOptions, RemoteFileSystem } from '../../session/remoteFileSystem.ts';
import type { Activity } from '../../workspace/activity.ts';
import type { Place } from '../../workspace/place.ts';
import { plainText, sentenceOf } from '../../workspace/sentence.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import { fileWords, permissionWords as words } from '../messages.ts';
import { modeLetters, type ModeLetter, modeParts, readMode } from './modeText.ts';

/** Asks for the permissions of files and folders, and changes them on the server. */
export class PermissionCommand {
  readonly #connections: SiteConnections;
  readonly #activity: Activity;

  constructor(connections: SiteConnections, activity: Activity) {
    this.#connections = connections;
    this.#activity = activity;
  }

  /** Sets the mode of every place. Reports at the end those that could not be changed. */
  async run(places: readonly Place[]): Promise<void> {
    const [first] = places;
    if (!first) throw new Error(words.nothingChosen());
    for (const { siteId } of places) this.#refuseReadOnly(siteId);
    const known = await this.#known(places);
    const mode = await askMode(places, known);
    if (mode === undefined) return;
    const failures: unknown[] = [];
    for (const place of places) {
      const change = (files: RemoteFileSystem, options: FileOptions): Promise<void> =>
        files.changeMode(place.path, mode, options);
      await this.#on(place, change).catch((error: unknown) => {
        // A user who cancels one wants to stop the rest, too.
        if (error instanceof CancelledError) throw error;
        failures.push(error);
      });
    }
    if (failures.length > 1) {
      throw new Error(words.failed(failures.length, sentenceOf(failures[0])));
    }
    if (failures.length > 0) throw failures[0];
  }

  #refuseReadOnly(siteId: string): void {
    const { name, readOnly } = this.#connections.site(siteId);
    if (readOnly) throw new Error(fileWords.readOnlySite(name));
  }

  /** The mode that all places have; none where they differ or the server does not tell. */
  async #known(places: readonly Place[]): Promise<Known> {
    const all: Known[] = [];
    for (const place of places) {
      all.push(await this.#on(place, (files, options) => modeOf(files, place, options)));
    }
    const [first] = all;
    return {
      mode: all.every(({ mode }) => mode === first?.mode) ? first?.mode : undefined,
      kind: all.every(({ kind }) => kind === 'folder') ? 'folder' : 'file',
    };
  }

  #on<T>(
    { siteId }: Place,
    act: (files: RemoteFileSystem, options: FileOptions) => Promise<T>,
  ): Promise<T> {
    this.#connections.allowQuestions(siteId);
    const files = this.#connections.files(siteId);
    return this.#activity.run(siteId, 'question', (options) => act(files, options));
  }
}

interface Known {
  /** In octal digits. */
  readonly mode: string | undefined;
  readonly kind: 'file' | 'folder';
}

// For a link the target's mode will be changed, so that mode is shown.
async function modeOf(
  files: RemoteFileSystem,
  { path }: Place,
  options: FileOptions,
): Promise<Known> {
  const entry = await files.stat(path, options);
  const folder = entry.type === 'directory' || entry.targetType === 'directory';
  const kind = folder ? 'folder' : 'file';
  if (entry.type !== 'symlink') return { mode: entry.mode, kind };
  const target = entry.target && resolvePath(parentOf(path), entry.target);
  const found = target ? await files.stat(target, options).catch(() => undefined) : undefined;
  return { mode: found?.type === 'symlink' ? undefined : found?.mode, kind };
}

async function askMode(places: readonly Place[], known: Known): Promise<string | undefined> {
  const [first] = places;
  const name = plainText(first ? nameOf(first.path) || '/' : '');
  const value = known.mode === undefined ? '' : (readMode(known.mode) ?? '');
  const typed = await vscode.window.showInputBox({
    title: places.length === 1 ? words.title(name) : words.titleOfMany(places.length),
    prompt: words.prompt(),
    placeHolder: known.kind === 'folder' ? '755' : '644',
    value,
    validateInput: (text) => explain(text, known.kind),
  });
  return typed === undefined ? undefined : readMode(typed);
}

function explain(text: string, kind: Known['kind']): vscode.InputBoxValidationMessage {
  const mode = readMode(text);
  return mode === undefined
    ? { message: words.wrongMode(), severity: vscode.InputBoxValidationSeverity.Error }
    : {
        message: `${modeLetters(mode)}: ${modeInWords(mode, kind)}`,
        severity: vscode.InputBoxValidationSeverity.Info,
      };
}

/** "Owner: read, write. Group: read. Others: nothing." */
function modeInWords(mode: string, kind: 'file' | 'folder'): string {
  const { owner, group, others, special } = modeParts(mode);
  const allowed = (letters: readonly ModeLetter[]): string =>
    letters.map((letter) => words.allowed[kind][letter]()).join(', ') || words.nothingAllowed();
  return [
    words.owner(allowed(owner)),
    words.group(allowed(group)),
    words.others(allowed(others)),
    ...special.map((bit) => words.special[bit]()),
  ].join(' ');
}
