import type { Command } from '../../ftp/grammar/command.ts';
import type { CommandLine } from './commandLines.ts';
import { reply, type ServerReply } from './serverReply.ts';
import type { CommandRule, Session } from '../commandRule.ts';

/** What every command is asked for before it runs; `undefined` where it may. */
export function refusalOf(
  { server, state }: Session,
  { verb, argument = '' }: Command,
  rule: CommandRule | undefined,
): ServerReply | undefined {
  const { options, personality } = server;
  if (!rule || personality.unknown?.includes(verb)) return reply(500, 'Unknown command');
  if (rule.needs === 'login' && !state.loggedIn) return reply(530, 'Log in first');
  if (rule.argument === 'needed' && argument === '') {
    return reply(501, `${verb} needs an argument`);
  }
  if (rule.argument === 'none' && !isBlank(argument)) {
    return reply(501, `${verb} takes no argument`);
  }
  if (rule.writes && options.readOnly) return reply(550, 'The server is read-only');
  return undefined;
}

/** ABOR, overtaking it, ends it. */
export function isAbortable(rule: CommandRule): boolean {
  return rule.transfers === true || rule.abortable === true;
}

/** Without an argument. */
export function isBare(line: CommandLine): boolean {
  return line !== 'unreadable' && isBlank(line.argument ?? '');
}

// Blanks behind a verb are borne: some clients send one.
function isBlank(argument: string): boolean {
  return argument.trim() === '';
}
