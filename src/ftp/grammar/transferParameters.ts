import type { Command } from './command.ts';

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

/** The commands that lead from one set of parameters to another: only what differs is said. */
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
