import { expect, test } from 'vitest';
import { outputLogger } from '../../../src/workspace/hostDoors.ts';

test('the log names who speaks, and shows what would act', () => {
  const lines: string[] = [];
  const write = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  const channel = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const logger = outputLogger(channel);
  logger.info('ready');
  logger.scope('Shop').debug('< 220 \u001b[2Jhello');
  logger.scope('Shop').scope('2').error('lost');
  expect(lines).toEqual(['info ready', 'debug [Shop] < 220 \\x1b[2Jhello', 'error [Shop 2] lost']);
});
