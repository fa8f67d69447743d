import type { Charset } from './charset/charset.ts';
import { GrammarError } from './grammarError.ts';
import { IAC } from './telnet.ts';

/** How a byte 255 is sent: as RFC 854 has it, or to a server that is no Telnet peer. */
export type IacForm = 'twice' | 'once';

/** One command line, before it is bytes. */
export interface Command {
  /** In upper case. A SITE command carries its own verb in the argument. */
  readonly verb: string;
  readonly argument?: string;
  /** Left out: as the connection does it. */
  readonly iac?: IacForm;
}

// RFC 959, 5.3: a command line ends with CRLF, so neither may stand inside; NUL is dropped by Telnet
// peers after CR (RFC 854), which would open the same door.
const forbidden = /[\r\n\0]/;

/**
 * The line as it is sent, without its CRLF: exactly one space before the argument, for further ones
 * belong to the pathname. Throws `GrammarError` before a byte is written when the argument could
 * smuggle in a second command.
 */
export function commandLine({ verb, argument }: Command): string {
  const line = argument === undefined ? verb : `${verb} ${argument}`;
  if (forbidden.test(line)) {
    throw new GrammarError(`${verb} cannot be sent: its argument holds a line break or a NUL byte`);
  }
  return line;
}

/** The bytes of the line with its CRLF, IAC doubled unless it is to be sent once. */
export function encodeCommand(
  command: Command,
  charset: Charset,
  iac: IacForm = 'twice',
): Uint8Array {
  const line = charset.encode(`${commandLine(command)}\r\n`);
  return (command.iac ?? iac) === 'twice' ? doubleIac(line) : line;
}

/** RFC 854: "a data byte of 255 must be sent as two". */
export function doubleIac(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes;
  const out: number[] = [];
  for (const byte of bytes) {
    out.push(byte);
    if (byte === IAC) out.push(IAC);
  }
  return Uint8Array.from(out);
}

const secretVerbs: ReadonlySet<string> = new Set(['PASS', 'ACCT', 'ADAT']);

/** The line for logs and messages: the arguments of PASS, ACCT and ADAT never leave the engine. */
export function redactedLine({ verb, argument }: Command): string {
  if (argument === undefined) return verb;
  return isSecret({ verb }) ? `${verb} ****` : `${verb} ${argument}`;
}

/** True where the argument is for the server alone. */
export function isSecret({ verb }: Command): boolean {
  return secretVerbs.has(verb);
}

/** Reads a line without its CRLF, as a server does. `undefined` when it has no verb. */
export function parseCommandLine(line: string): Command | undefined {
  const match = /^([A-Za-z]{1,8})(?: (.*))?$/s.exec(line);
  const [, verb, argument] = match ?? [];
  if (verb === undefined) return undefined;
  return argument === undefined
    ? { verb: verb.toUpperCase() }
    : { verb: verb.toUpperCase(), argument };
}

/** RFC 959, 4.1.2: stream or block. */
export type TransferModeCode = 'S' | 'B';

/** RFC 959, 4.1.2 and RFC 4217, 9: what both sides have agreed on for data connections. */
export interface TransferParameters {
  readonly type: 'A' | 'I';
  readonly mode: TransferModeCode;
  /** PROT: clear or private. */
  readonly protection: 'C' | 'P';
}

/** The same as far as it is known: `undefined` where a command was called off before its reply. */
export type KnownParameters = {
  readonly [K in keyof TransferParameters]: TransferParameters[K] | undefined;
};

/** RFC 959, 5.1; RFC 4217, 9: what holds on a new control connection, and again after REIN. */
export const defaultParameters: TransferParameters = { type: 'A', mode: 'S', protection: 'C' };

const verbs = { type: 'TYPE', mode: 'MODE', protection: 'PROT' } as const;

/** The commands that lead from one set of parameters to another: only what differs is sent. */
export function parameterCommands(
  from: KnownParameters,
  to: Partial<TransferParameters>,
): Command[] {
  return (['protection', 'type', 'mode'] as const).flatMap((key) => {
    const argument = to[key];
    const holds = argument === undefined || argument === from[key];
    return holds ? [] : [{ verb: verbs[key], argument }];
  });
}

/** Which parameter a command sets. */
export function parameterOf({ verb }: Command): keyof TransferParameters {
  if (verb === 'TYPE') return 'type';
  return verb === 'MODE' ? 'mode' : 'protection';
}
