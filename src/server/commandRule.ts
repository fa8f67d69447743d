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

/** What one client has set so far. */
export interface ClientState {
  /** Named with USER, not yet proved. */
  user: string | undefined;
  /** Given with PASS, kept while ACCT is asked for. */
  password: string | undefined;
  loggedIn: boolean;
  badPasswords: number;
  folder: ServedPath;
  parameters: TransferParameters;
  /** RFC 4217, 9: PROT is refused before PBSZ. */
  bufferSizeGiven: boolean;
  renameFrom: ServedPath | undefined;
  /** RFC 3659, 5: for the next command only. */
  restartAt: number;
  /** RFC 2428, 4: EPSV ALL refuses every other set-up. */
  onlyExtendedPassive: boolean;
  facts: ReadonlySet<FactName>;
}

/** The state at the beginning, and again after REIN. */
export function newClientState(implicitTls: boolean): ClientState {
  return {
    user: undefined,
    password: undefined,
    loggedIn: false,
    badPasswords: 0,
    folder: servedRoot,
    // Under implicit TLS some clients send no PBSZ and PROT: P is the default.
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
  /** The control connection is under TLS. */
  readonly protected: boolean;
  /** Sends a preliminary reply. A command returns its last reply. */
  say(reply: ServerReply): void;
  /** Forgets the login and all settings. */
  reset(): void;
}

/** What a command needs, and what it does. */
export interface CommandRule {
  readonly needs: 'nothing' | 'login';
  /** Changes the served folder: refused by a read-only server. */
  readonly writes?: true;
  /** Moves bytes over a data connection. ABOR ends it. */
  readonly transfers?: true;
  /** May take long, without a data connection. ABOR ends it, too. */
  readonly abortable?: true;
  /** 501 without an argument (`needed`) or with one (`none`). Left out where both are allowed. */
  readonly argument?: 'needed' | 'none';
  /** Gives the last reply. Ends with the signal when ABOR has come or the session is over. */
  run(
    session: CommandSession,
    argument: string,
    signal: AbortSignal,
  ): ServerReply | Promise<ServerReply>;
}

/** The refusal of a command before it runs; `undefined` where it may run. */
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

/** True for a command that ABOR ends. */
export function isAbortable(rule: CommandRule): boolean {
  return rule.transfers === true || rule.abortable === true;
}

/** True for a command without an argument. */
export function isBare(line: CommandLine): boolean {
  return line !== 'unreadable' && isBlank(line.argument ?? '');
}

// Blanks after the verb are allowed: some clients send one.
function isBlank(argument: string): boolean {
  return argument.trim() === '';
}
