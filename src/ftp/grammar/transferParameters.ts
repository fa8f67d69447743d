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

/** RFC 959, 5.1; RFC 4217, 9: what holds on a new control connection, and again after REIN. */
export const defaultParameters: TransferParameters = { type: 'A', mode: 'S', protection: 'C' };

const verbs = { type: 'TYPE', mode: 'MODE', protection: 'PROT' } as const;

/** The commands that lead from one set of parameters to another: only what differs is said. */
export function parameterCommands(
  from: TransferParameters,
  to: Partial<TransferParameters>,
): Command[] {
  return (['protection', 'type', 'mode'] as const)
    .filter((key) => to[key] !== undefined && to[key] !== from[key])
    .map((key) => ({ verb: verbs[key], argument: to[key] ?? from[key] }));
}
