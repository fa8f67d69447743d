import type { Subject } from '../doctorOptions.ts';
import type { Examination, StageResult } from '../examination.ts';
import { codeOf } from '../probes/dialling.ts';
import type { Finding } from '../report/finding.ts';

// To try more addresses would take too long.
const mostAddresses = 6;

/** Stage `name`: every address of the host. A proxy may know names that this machine does not. */
export async function findAddresses(
  exam: Examination,
  { options, parts }: Subject,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { host, timeouts, proxy } = options.connect;
  return await exam.stage('name', async (note): Promise<StageResult<readonly string[]>> => {
    if (proxy) {
      const summary = 'The proxy looks up the name';
      return { outcome: 'skipped', summary, value: [host] };
    }
    using patience = parts.clock.deadline(timeouts.connect, 'the name', signal);
    try {
      const found = await parts.lookup(host, patience.signal);
      for (const address of found) note(address, 'ok', family(address));
      const value = found.slice(0, mostAddresses);
      if (value.length > 0) return { outcome: 'ok', summary: addressCount(found.length), value };
      return unknownHost(host, 'it has no address', 'certain');
    } catch (error) {
      signal.throwIfAborted();
      const certain = codeOf(error) === 'ENOTFOUND';
      const why = certain
        ? 'the name does not exist'
        : 'host names cannot be looked up at the moment';
      return unknownHost(host, why, certain ? 'certain' : 'likely');
    }
  });
}

const family = (address: string): string => (address.includes(':') ? 'IPv6' : 'IPv4');

const addressCount = (count: number): string =>
  count === 1 ? 'One address' : `${count} addresses`;

function unknownHost(
  host: string,
  why: string,
  certainty: Finding['certainty'],
): StageResult<never> {
  const finding: Finding = {
    cause: 'host-unknown',
    certainty,
    blocks: true,
    explanation: `The host "${host}" was not found: ${why}.`,
    advice:
      certainty === 'certain'
        ? 'Check the spelling of the host name.'
        : 'Check whether this machine is online, and check its name server.',
  };
  return { outcome: 'failed', summary: `Not found: ${why}`, findings: [finding] };
}
