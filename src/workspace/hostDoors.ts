// What `base` only describes, by means of VS Code: the log and the small store.
import type * as vscode from 'vscode';
import type { Logger } from '../base/logger.ts';
import type { Storage } from '../base/storage.ts';
import { visibleText } from '../base/visibleText.ts';

/** VS Code's own small store as a `Storage`. A write that fails is only forgotten. */
export function mementoStorage(memento: vscode.Memento): Storage {
  return {
    get: (key) => memento.get(key),
    set: (key, value) => void memento.update(key, value).then(undefined, () => {}),
  };
}

/** VS Code's log channel, which adds the time and the level itself. */
export type LogLines = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Writes to a log channel. A server's text may hold control characters, so they are made visible. */
export function outputLogger(channel: LogLines, name = ''): Logger {
  const line = (message: string): string => visibleText(name ? `[${name}] ${message}` : message);
  return {
    debug: (message) => channel.debug(line(message)),
    info: (message) => channel.info(line(message)),
    warn: (message) => channel.warn(line(message)),
    error: (message) => channel.error(line(message)),
    scope: (inner) => outputLogger(channel, name ? `${name} ${inner}` : inner),
  };
}
