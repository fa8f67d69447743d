import { type Logger, silentLogger } from '../../src/base/logger.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A logger that hands each line of these levels to `hear`, whatever its scope, and drops the others. */
export function listeningLogger(levels: readonly Level[], hear: (line: string) => void): Logger {
  const listeners = Object.fromEntries(levels.map((level) => [level, hear]));
  const logger: Logger = { ...silentLogger, ...listeners, scope: () => logger };
  return logger;
}
