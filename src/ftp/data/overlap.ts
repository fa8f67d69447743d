import type { ConnectionUse } from '../ftpConnection.ts';
import type { Rung } from '../rung.ts';
import type { TransferCommand } from './rungChoice.ts';
import type { TransferParts } from './runningTransfer.ts';

/**
 * True where a transfer command may be queued behind others, whose bytes are still to come. Bytes
 * belong to the transfers in the order of their replies, so nothing may have to be agreed on between
 * them: block mode, the data connection open, its framing proved. The end of every file must be known
 * to be marked: server "a" leaves the mark out of some, and the bytes of the next file would follow.
 */
export function mayOverlap(parts: TransferParts, command: TransferCommand, rung: Rung): boolean {
  const { pi, dtp, profile } = parts;
  const { framing } = profile;
  return (
    pi.control.pipelineDepth > 1 &&
    rung.mode === 'block' &&
    pi.parameters.mode === 'B' &&
    framing.state === 'proved' &&
    framing.marksEnds &&
    dtp.isReady(rung) &&
    comesInBlocks(parts, command)
  );
}

// In another folder the name of a transfer behind it would mean another file.
function comesInBlocks({ profile }: TransferParts, { verb, folder }: TransferCommand): boolean {
  const { framing } = profile;
  if (folder !== undefined) return false;
  if (verb === 'MLSD') return framing.listing('MLSD') === 'framed';
  return verb === 'RETR' || (verb === 'STOR' && framing.takesStores && !framing.closesToConfirm);
}

/** How many operations of a kind can be under way on the connection as it stands now. */
export function placesFor(parts: TransferParts, use: ConnectionUse, listsByStat: boolean): number {
  const { pi, dtp, profile } = parts;
  const { pipelineDepth } = pi.control;
  const { kept } = dtp;
  const isOpenTo = (verb: string): boolean =>
    kept !== undefined && mayOverlap(parts, { verb }, kept.rung);
  switch (use) {
    case 'ask':
      return profile.pathnames.argument === 'names' ? 1 : pipelineDepth;
    case 'list':
      return listsByStat || (profile.ways.mlsd === 'path' && isOpenTo('MLSD')) ? pipelineDepth : 1;
    case 'retrieve':
      return isOpenTo('RETR') ? pipelineDepth : 1;
    case 'save':
    case 'alone':
      return 1;
    default:
      return use satisfies never;
  }
}
