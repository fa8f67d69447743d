/**
 * Where the layers say what they do. `debug`: each command and reply, without secrets; `info`:
 * connected, closed, why; `warn`: recovered by ourselves; `error`: the user must act.
 */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** A logger that puts `name` before each line. */
  scope(name: string): Logger;
}

/** Logs nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  scope: () => silentLogger,
};
