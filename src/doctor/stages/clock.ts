import type { RemoteEntry } from '../../ftp/grammar/entry.ts';
import type { Examination, StageResult } from '../examination.ts';
import type { Finding } from '../report/finding.ts';

const minuteMs = 60_000;

// Zones differ from UTC by quarters of an hour, and by 14 hours at most.
const zoneStepMs = 15 * minuteMs;
const widestZoneMs = 14 * 60 * minuteMs;

// Smaller differences come from a slow network and coarse times.
const negligibleMs = 2 * minuteMs;

/** The time of one file, from two sources. */
export interface DatedFile {
  /** In the listing, read as if it were UTC. */
  readonly listed: Date;
  readonly precision: RemoteEntry['precision'];
  /** By MDTM, which is UTC. */
  readonly exact: Date;
}

/** A file that was written just now: the server's entry, and our time. */
export interface FreshFile {
  readonly entry: RemoteEntry;
  readonly at: number;
}

/** Stage `clock`: how the server's clock and the zone of its listings differ from ours. */
export async function checkClock(
  exam: Examination,
  dated: DatedFile | undefined,
  fresh: FreshFile | undefined,
): Promise<void> {
  await exam.stage('clock', async (note): Promise<StageResult<never>> => {
    const zone = dated && zoneOffset(dated);
    const ahead = fresh && clockOffset(fresh);
    if (zone === undefined && ahead === undefined) {
      const summary = 'There were no times to compare';
      return { outcome: 'skipped', summary };
    }
    if (zone !== undefined) {
      note('times in listings', zone === 0 ? 'ok' : 'warning', `${hours(zone)} from UTC`);
    }
    if (ahead !== undefined) {
      const isRight = Math.abs(ahead) < negligibleMs;
      note('the clock of the server', isRight ? 'ok' : 'warning', clockWords(ahead, isRight));
    } else note('the clock of the server', 'skipped', 'only a newly written file would tell');
    const findings = [
      ...(zone === undefined || zone === 0 ? [] : [zoneFinding(zone)]),
      ...(ahead === undefined || Math.abs(ahead) < negligibleMs ? [] : [clockFinding(ahead)]),
    ];
    if (findings.length === 0) return { outcome: 'ok', summary: 'The times agree' };
    return { outcome: 'warning', summary: 'The times differ', findings };
  });
}

/** Milliseconds by which listed times are ahead of UTC; `undefined` for what can be no zone. */
export function zoneOffset({ listed, exact }: DatedFile): number | undefined {
  return zoneLike(listed.getTime() - exact.getTime());
}

function zoneLike(difference: number): number | undefined {
  const steps = Math.round(difference / zoneStepMs) * zoneStepMs;
  const isZone = Math.abs(difference - steps) <= negligibleMs && Math.abs(steps) <= widestZoneMs;
  // 0 and not -0: it is compared, and shown.
  return isZone ? steps + 0 : undefined;
}

function clockOffset({ entry, at }: FreshFile): number | undefined {
  return entry.modified && entry.precision === 'second' ? entry.modified.getTime() - at : undefined;
}

function clockWords(ahead: number, isRight: boolean): string {
  if (isRight) return 'agrees with ours';
  const minutes = Math.round(Math.abs(ahead) / minuteMs);
  return `${minutes} minutes ${ahead > 0 ? 'ahead of' : 'behind'} ours`;
}

/** "+2:00", "-5:30" */
function hours(ms: number): string {
  const minutes = Math.abs(ms) / minuteMs;
  const rest = String(minutes % 60).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${Math.floor(minutes / 60)}:${rest}`;
}

function zoneFinding(zone: number): Finding {
  return {
    cause: 'time-offset',
    certainty: 'certain',
    blocks: false,
    explanation: `The times in the server's listings are in its local time, ${hours(zone)} hours from UTC.`,
    advice: 'There is nothing to do: Portside measures the offset and corrects the times.',
  };
}

function clockFinding(ahead: number): Finding {
  const zone = zoneLike(ahead);
  const isZone = zone !== undefined && zone !== 0;
  return {
    cause: 'time-offset',
    certainty: isZone ? 'likely' : 'certain',
    blocks: false,
    explanation: isZone
      ? `The times of new files on the server are ${hours(zone)} hours from ours: it sends its ` +
        'local time in place of UTC, or a clock is wrong.'
      : `The clock of the server is ${clockWords(ahead, false)}.`,
    advice:
      'Correct the clock that is wrong. Until then the times of files look wrong. Portside still ' +
      'finds conflicts, by comparing the files.',
  };
}
