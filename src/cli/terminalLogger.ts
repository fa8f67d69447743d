import type { Logger } from '../base/logger.ts';
import type { Terminal } from './terminal.ts';

/** Shows warnings and errors, and with `trace` each command and reply, without secrets. */
export function terminalLogger(terminal: Terminal, { trace }: { readonly trace: boolean }): Logger {
  const logger: Logger = {
    // Only these lines are the dialogue with the server; the others are about the engine's own work.
    debug: (message) => {
      if (trace && /^[<>] /.test(message)) terminal.tell(message);
    },
    info: () => {},
    warn: (message) => terminal.tell(`Note: ${message}`),
    error: (message) => terminal.tell(message),
    scope: () => logger,
  };
  return logger;
}
