import { ConnectionError, FtpError, LoginError } from '../../ftp/errors.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { messageOf } from '../probes/dialling.ts';
import { ProbeConnection } from '../probes/probeConnection.ts';
import type { Finding } from '../report/finding.ts';

// More would tell little more, and looks like an attack to some servers.
const mostTried = 4;

/** Stage `connections`: how many sessions at a time the server takes of this user. */
export async function countConnections(
  conversation: Conversation,
  signal: AbortSignal,
): Promise<void> {
  const { exam, subject } = conversation;
  const wanted = Math.min(subject.options.connections, mostTried);
  await exam.stage('connections', async (note): Promise<StageResult<never>> => {
    if (wanted < 2) return { outcome: 'skipped', summary: 'The site uses one connection only' };
    const probes: ProbeConnection[] = [];
    try {
      while (probes.length + 1 < wanted) {
        const refusal = await oneMore(conversation, probes, note, signal);
        if (refusal === 'failed') return { outcome: 'warning', summary: 'A further one failed' };
        if (refusal !== undefined) return limited(probes.length + 1, refusal);
      }
      return { outcome: 'ok', summary: `${wanted} connections at a time are taken` };
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
    signal.throwIfAborted();
    if (!(error instanceof FtpError)) throw error;
    const said = exam.quote(messageOf(error));
    note(what, 'failed', said);
    // Silence, or TLS that fails this time, says nothing of a limit.
    const isRefusal = error instanceof LoginError || error instanceof ConnectionError;
    return isRefusal ? { said, certain: error instanceof LoginError } : 'failed';
  }
}

function limited(taken: number, { said, certain }: Refused): StageResult<never> {
  const connections = taken === 1 ? 'one connection' : `${taken} connections`;
  const finding: Finding = {
    cause: 'too-many-connections',
    certainty: certain ? 'certain' : 'likely',
    blocks: false,
    explanation: `The server takes ${connections} of this user at a time, and refused the next one: ${said}.`,
    advice: 'Set the number of connections of the site to that, so that no further one is tried.',
    fix: { label: `Use ${connections} at most`, changes: { maxConnections: taken } },
  };
  return { outcome: 'warning', summary: `Only ${connections} at a time`, findings: [finding] };
}
