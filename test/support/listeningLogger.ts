import { type Logger, silentLogger } from '../../src/base/logger.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A logger that hands each line of these levels to `hear`, whatever its scope, and drops the others. */
export function listeningLogger(levels: readonly Level[], hear: (line: string) => void): Logger {
  const listeners = Object.fromEntries(levels.map((level) => [level, hear]));
  const logger: Logger = { ...silentLogger, ...listeners, scope: () => logger };
  return logger;
}

/** What is said without hearing anything in between: each element costs one round trip. */
export function saidInOneGo(): { readonly said: string[]; readonly logger: Logger } {
  const said: string[] = [];
  let hasHeard = true;
  const logger = listeningLogger(['debug'], (line) => {
    if (line.startsWith('< ')) hasHeard = true;
    if (!line.startsWith('> ')) return;
    const verb = line.slice(2).split(' ', 1)[0] ?? '';
    said.push(hasHeard ? verb : `${said.pop()} ${verb}`);
    hasHeard = false;
  });
  return { said, logger };
}
