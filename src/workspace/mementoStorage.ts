import type * as vscode from 'vscode';
import type { Storage } from '../base/storage.ts';

/** VS Code's own small store as ours. A write that fails loses a memory, and no more. */
export function mementoStorage(memento: vscode.Memento): Storage {
  return {
    get: (key) => memento.get(key),
    set: (key, value) => void memento.update(key, value).then(undefined, () => {}),
  };
}
