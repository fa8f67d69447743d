import type { Examination, StageResult } from '../examination.ts';

/** Stage `sessionReuse`: whether data connections could resume the TLS session. */
export async function checkSessionReuse(exam: Examination): Promise<void> {
  await exam.stage('sessionReuse', async (): Promise<StageResult<never>> => {
    const { trials, tlsVersion } = exam.picture;
    const seen = trials.filter(({ resumed }) => resumed !== undefined);
    if (tlsVersion === undefined) return { outcome: 'skipped', summary: 'There is no TLS' };
    if (seen.length === 0) return { outcome: 'skipped', summary: 'No data connection had TLS' };
    const resumed = seen.filter((trial) => trial.resumed === true).length;
    if (resumed > 0) {
      const summary = `${resumed} of ${seen.length} data connections resumed the TLS session`;
      return { outcome: resumed === seen.length ? 'ok' : 'warning', summary };
    }
    const worked = seen.some(({ outcome }) => outcome === 'worked');
    return worked
      ? {
          outcome: 'warning',
          summary: 'No TLS session can be resumed: each data connection needs a full handshake',
        }
      : {
          outcome: 'failed',
          summary: 'No TLS session could be resumed, but the server requires it',
        };
  });
}
