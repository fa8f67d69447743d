import type { Logger } from '../base/logger.ts';
import type { Terminal } from './terminal.ts';

/** Tells what the user should know, and with `trace` each command and reply, without secrets. */
export function terminalLogger(terminal: Terminal, { trace }: { readonly trace: boolean }): Logger {
  const logger: Logger = {
    // Of what the layers say of their work, these are the lines of the dialogue.
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
