import { sizeOf } from '../control/fileFacts.ts';
import type { ConnectionUse, StoreOptions } from '../ftpConnection.ts';
import { savesInStep } from '../options.ts';
import type { Rung } from '../rung.ts';
import type { EngineParts } from './engineParts.ts';
import type { TransferCommand } from './rungChoice.ts';
import type { UserDTP } from './userDTP.ts';

interface OverlapParts extends EngineParts {
  readonly dtp: UserDTP;
}

/**
 * True where a transfer command may be queued behind others, whose bytes are still to come. Bytes
 * belong to the transfers in the order of their replies, so nothing may have to be agreed on between
 * them: block mode, the data connection open, its framing proved. The end of every file must be known
 * to be marked: server "a" leaves the mark out of some, and the bytes of the next file would follow. An
 * upload has its end marked by us, and may stand behind other uploads everywhere.
 */
export function mayOverlap(parts: OverlapParts, command: TransferCommand, rung: Rung): boolean {
  const isAfterMarks = parts.profile.framing.marksEnds || command.verb === 'STOR';
  return isAfterMarks && mayBeFollowed(parts, rung) && isOverlapping(parts, command);
}

/** True where another transfer may be queued behind one that is under way, and waits until it leaves. */
export function mayBeFollowed(parts: OverlapParts, rung: Rung): boolean {
  const { pi, dtp, profile } = parts;
  const { framing } = profile;
  return (
    pi.control.pipelineDepth > 1 &&
    rung.mode === 'block' &&
    pi.parameters.mode === 'B' &&
    framing.state === 'proved' &&
    (framing.marksEnds || dtp.order.onlyStores) &&
    dtp.isReady(rung)
  );
}

function isOverlapping(parts: OverlapParts, { verb, folder, ahead }: TransferCommand): boolean {
  const { framing } = parts.profile;
  // In another folder the name of a transfer behind it would mean another file.
  if (folder !== undefined) return false;
  if (verb === 'MLSD') return framing.listing('MLSD') === 'framed';
  if (verb !== 'STOR') return verb === 'RETR';
  if (ahead === undefined || !framing.takesStores || framing.closesToConfirm) return false;
  return ahead === 'bytes' ? takesBytesAhead(parts) : parts.dtp.order.unconfirmed === 0;
}

function takesBytesAhead({ profile, clock }: OverlapParts): boolean {
  return profile.pipelining.takesBytesAhead(clock.now());
}

/**
 * A stream that was cut off looks like one that has ended: only the size of the file tells. Asked with
 * the data port it costs no time of its own. `undefined` where it has to be asked afterwards.
 */
export function sizeBeforehand(
  { pi }: OverlapParts,
  { verb, argument, folder }: TransferCommand,
  { mode }: Rung,
  signal: AbortSignal,
): Promise<number | undefined> | undefined {
  if (mode !== 'stream' || verb !== 'RETR' || folder !== undefined) return undefined;
  if (argument === undefined || pi.control.pipelineDepth === 1) return undefined;
  return sizeOf(pi, argument, signal).catch(() => undefined);
}

// The second one asks for its data port as soon as the data of the first one has ended.
function mayHandOver({ profile, clock, ladder }: OverlapParts): boolean {
  return ladder.proved?.mode === 'stream' && profile.pipelining.takesNextPort(clock.now());
}

/** How many operations of a kind can be under way on the connection as it stands now. */
export function placesFor(parts: OverlapParts, use: ConnectionUse, listsByStat: boolean): number {
  const { pi, dtp, profile } = parts;
  const { pipelineDepth } = pi.control;
  const { kept } = dtp;
  const isOpenTo = (verb: string, ahead?: StoreOptions['ahead']): boolean =>
    kept !== undefined && mayOverlap(parts, { verb, ahead }, kept.rung);
  switch (use) {
    case 'ask':
      return profile.pathnames.argument === 'names' ? 1 : pipelineDepth;
    case 'list':
      return listsByStat || (profile.ways.mlsd === 'path' && isOpenTo('MLSD')) ? pipelineDepth : 1;
    case 'retrieve':
      return isOpenTo('RETR') ? pipelineDepth : mayHandOver(parts) ? 2 : 1;
    case 'save':
      if (pi.features.has('HASH') && isOpenTo('STOR', 'bytes')) return pipelineDepth;
      return isOpenTo('STOR', 'command') ? Math.min(pipelineDepth, savesInStep) : 1;
    case 'alone':
      return 1;
    default:
      return use satisfies never;
  }
}
