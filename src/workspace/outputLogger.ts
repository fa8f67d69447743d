import type { Logger } from '../base/logger.ts';
import { visibleText } from '../base/visibleText.ts';

/** Where lines go: VS Code's log channel, which keeps time and level itself. */
export type LogLines = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Writes to a log channel. What comes from a server may hold anything, so it is made visible. */
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
