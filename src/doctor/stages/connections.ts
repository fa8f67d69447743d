import { ConnectionError, LoginError } from '../../ftp/errors.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { engineError } from '../probes/dialling.ts';
import { ProbeConnection } from '../probes/probeConnection.ts';
import type { Finding } from '../report/finding.ts';

// More would tell little, and some servers would take it for an attack.
const mostTried = 4;

/** Stage `connections`: how many logins at a time the server allows this user. */
export async function countConnections(
  conversation: Conversation,
  signal: AbortSignal,
): Promise<void> {
  const { exam, subject } = conversation;
  const wanted = Math.min(subject.options.connections, mostTried);
  await exam.stage('connections', async (note): Promise<StageResult<never>> => {
    if (wanted < 2) return { outcome: 'skipped', summary: 'The site uses only one connection' };
    const probes: ProbeConnection[] = [];
    try {
      while (probes.length + 1 < wanted) {
        const refusal = await oneMore(conversation, probes, note, signal);
        if (refusal === 'failed')
          return { outcome: 'warning', summary: 'A further connection failed' };
        if (refusal !== undefined) return limited(probes.length + 1, refusal);
      }
      return { outcome: 'ok', summary: `The server allows ${wanted} connections at a time` };
    } finally {
      for (const probe of probes) {
        await probe.leave(signal).catch(() => {});
        await probe[Symbol.asyncDispose]();
      }
    }
  });
}

interface Refused {
  readonly said: string;
  readonly certain: boolean;
}

async function oneMore(
  { exam, subject, address }: Conversation,
  probes: ProbeConnection[],
  note: Note,
  signal: AbortSignal,
): Promise<Refused | 'failed' | undefined> {
  const what = `connection ${probes.length + 2}`;
  let probe: ProbeConnection | undefined;
  try {
    probe = await ProbeConnection.open(subject, address, signal);
    await probe.logIn(signal);
    note(what, 'ok', 'let in');
    probes.push(probe);
    return undefined;
  } catch (error) {
    await probe?.[Symbol.asyncDispose]();
    const failure = engineError(error, signal);
    const said = exam.quote(failure.message);
    note(what, 'failed', said);
    // No answer, or a TLS failure, says nothing about a limit.
    const isRefusal = failure instanceof LoginError || failure instanceof ConnectionError;
    return isRefusal ? { said, certain: failure instanceof LoginError } : 'failed';
  }
}

function limited(taken: number, { said, certain }: Refused): StageResult<never> {
  const connections = taken === 1 ? 'one connection' : `${taken} connections`;
  const finding: Finding = {
    cause: 'too-many-connections',
    certainty: certain ? 'certain' : 'likely',
    blocks: false,
    explanation: `The server allows this user ${connections} at a time, and refused the next one: ${said}.`,
    advice:
      'Set the number of connections of the site to that number: then Portside does not try more.',
    fix: { label: `Use ${connections} at most`, changes: { maxConnections: taken } },
  };
  return { outcome: 'warning', summary: `Only ${connections} at a time`, findings: [finding] };
}
