import type { Listing } from '../../ftp/grammar/listing/listing.ts';
import { type DataPortName, isPassive, type Rung, rungWords } from '../../ftp/rung.ts';
import type { StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { tryRung } from '../probes/rungTrial.ts';
import { judgeDataPorts } from '../report/dataPortVerdict.ts';
import type { Outcome, RungTrial, TrialOutcome } from '../report/report.ts';
import type { Known } from './features.ts';

/** What the data ports have shown. */
export interface DataPaths {
  /** The best rung that worked. */
  readonly rung: Rung | undefined;
  /** A listing that came over a data connection. */
  readonly listing: Listing | undefined;
}

// Stream mode shows whether a port can be reached at all. On the default data port block mode comes
// first, because it is what makes that port useful: in stream mode the port takes one file at a time.
const order: readonly Rung[] = (['default', 'epsv', 'pasv', 'eprt', 'port'] as const).flatMap(
  (dataPort: DataPortName) => {
    const block: Rung = { mode: 'block', dataPort };
    const stream: Rung = { mode: 'stream', dataPort };
    return dataPort === 'default' ? [block, stream] : [stream, block];
  },
);

const outcomes: Readonly<Record<TrialOutcome, Outcome>> = {
  worked: 'ok',
  refused: 'failed',
  timedOut: 'failed',
  broken: 'failed',
  notOffered: 'skipped',
  notTried: 'skipped',
};

/** Stage `dataPorts`: each data port in each mode, each with a login of its own. */
export async function tryDataPorts(
  { exam, subject }: Conversation,
  known: Known,
  signal: AbortSignal,
): Promise<DataPaths | undefined> {
  return await exam.stage('dataPorts', async (note): Promise<StageResult<DataPaths>> => {
    const trials: RungTrial[] = [];
    let listing: Listing | undefined;
    // The picture shows the trials so far, even if the time runs out.
    exam.picture.trials = trials;
    for (const rung of order) {
      const skipped = notWorthTrying(rung, trials, known, subject.options.connect.proxy);
      const tried = skipped ? { trial: skipped } : await tryRung(exam, subject, rung, signal);
      if ('listing' in tried) listing ??= tried.listing;
      trials.push(tried.trial);
      note(rungWords(rung), outcomes[tried.trial.outcome], tried.trial.said);
    }
    const { rungs, usePassiveAddress } = subject.options.connect;
    const findings = judgeDataPorts(trials, {
      rungs,
      usePassiveAddress,
      passiveAddress: exam.picture.passiveAddress,
      canBrowse: known.stat !== undefined,
    });
    const worked = trials.filter(({ outcome }) => outcome === 'worked').map(({ rung }) => rung);
    const best = rungs.find((rung) => worked.some((one) => isSame(one, rung))) ?? worked[0];
    const summary = best
      ? `${worked.length} of ${order.length} ways work; the best is ${rungWords(best)}`
      : 'No data connection works';
    const outcome = best ? (findings.length > 0 ? 'warning' : 'ok') : 'failed';
    return { outcome, summary, findings, value: { rung: best, listing } };
  });
}

const isSame = (a: Rung, b: Rung): boolean => a.mode === b.mode && a.dataPort === b.dataPort;

function notWorthTrying(
  rung: Rung,
  trials: readonly RungTrial[],
  { blockMode }: Known,
  proxy: unknown,
): RungTrial | undefined {
  const not = (outcome: TrialOutcome, said: string): RungTrial => {
    return {
      rung,
      outcome,
      dialledBy: isPassive(rung.dataPort) ? 'client' : 'server',
      said,
      ms: 0,
    };
  };
  if (proxy !== undefined && !isPassive(rung.dataPort)) {
    return not('notTried', 'the server cannot connect back through a proxy');
  }
  if (rung.mode === 'block' && !blockMode.accepted) {
    return not('notOffered', `the server has no block mode: ${blockMode.said}`);
  }
  const sibling = trials.find((trial) => trial.rung.dataPort === rung.dataPort);
  const isHopeless = sibling && ['timedOut', 'refused'].includes(sibling.outcome);
  const unknownPort = sibling?.outcome === 'notOffered' && sibling.replyCode !== undefined;
  // A refusal of MODE B says nothing about the port.
  if (isHopeless || (unknownPort && sibling.rung.mode === 'stream')) {
    return not('notTried', `${sibling.rung.mode} mode got no data connection at this port`);
  }
  return undefined;
}
