import {
  type Command,
  defaultParameters,
  type TransferParameters,
} from '../ftp/grammar/command.ts';
import type { Endpoint } from '../ftp/grammar/endpoint.ts';
import { defaultFacts, type FactName } from './commands/listingFormat.ts';
import type { CommandLine } from './control/commandLines.ts';
import { reply, type ServerReply } from './control/serverReply.ts';
import type { ServerDataPort } from './data/serverDataPort.ts';
import { type ServedPath, servedRoot } from './folder/servedFolder.ts';
import type { ServerParts } from './serverParts.ts';

/** What one client has said so far. */
export interface ClientState {
  /** Given with USER, not yet proved. */
  user: string | undefined;
  /** Given with PASS where an account is asked for too. */
  password: string | undefined;
  loggedIn: boolean;
  badPasswords: number;
  folder: ServedPath;
  parameters: TransferParameters;
  /** RFC 4217, 9: PROT is refused until PBSZ was said. */
  bufferSizeGiven: boolean;
  renameFrom: ServedPath | undefined;
  /** RFC 3659, 5: holds for the next command only. */
  restartAt: number;
  /** RFC 2428, 4: EPSV ALL refuses every other set-up. */
  onlyExtendedPassive: boolean;
  facts: ReadonlySet<FactName>;
}

/** What holds at the beginning, and again after REIN. */
export function newClientState(implicitTls: boolean): ClientState {
  return {
    user: undefined,
    password: undefined,
    loggedIn: false,
    badPasswords: 0,
    folder: servedRoot,
    // Under implicit TLS clients differ in whether they say PBSZ and PROT: P holds unless told.
    parameters: implicitTls ? { ...defaultParameters, protection: 'P' } : defaultParameters,
    bufferSizeGiven: implicitTls,
    renameFrom: undefined,
    restartAt: 0,
    onlyExtendedPassive: false,
    facts: defaultFacts,
  };
}

/** One client's control connection, as commands see it. */
export interface CommandSession {
  readonly server: ServerParts;
  readonly state: ClientState;
  readonly dataPort: ServerDataPort;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** TLS stands on the control connection. */
  readonly protected: boolean;
  /** Sends a preliminary reply; the last one of a command is what it returns. */
  say(reply: ServerReply): void;
  /** Forgets the login and all that was set. */
  reset(): void;
}

/** A verb, what it needs, and what it does. */
export interface CommandRule {
  readonly needs: 'nothing' | 'login';
  /** Changes the served folder: refused by a read-only server. */
  readonly writes?: true;
  /** Moves bytes over a data connection: ABOR ends it. */
  readonly transfers?: true;
  /** Takes its time and opens no data connection: ABOR ends it all the same. */
  readonly abortable?: true;
  /** 501 without one, or with one; left out where both will do. */
  readonly argument?: 'needed' | 'none';
  /** Its one last reply. Ends with the signal when ABOR came or the session is over. */
  run(
    session: CommandSession,
    argument: string,
    signal: AbortSignal,
  ): ServerReply | Promise<ServerReply>;
}

/** What every command is asked for before it runs; `undefined` where it may. */
export function refusalOf(
  { server, state }: CommandSession,
  { verb, argument = '' }: Command,
  rule: CommandRule | undefined,
): ServerReply | undefined {
  const { options, personality, faults } = server;
  const ordered = faults.refusals?.[verb];
  if (ordered !== undefined) return reply(ordered, 'Refused on demand');
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
