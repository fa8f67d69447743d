import type { Charset } from '../grammar/charset/charset.ts';
import type { IacForm } from '../grammar/command.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import type { UserPI } from './userPI.ts';

const IAC = 255;

// RFC 854: the data mark of a Synch that is over; whoever follows Telnet passes it over.
const dataMark = 242;

/**
 * How this server wants a byte 255 in a pathname. RFC 959, 2.3, has Telnet on the control connection,
 * where it is sent twice: so ProFTPD and the ftpds of BSD. vsftpd 3.0.3 and Pure-FTPd 1.0.50 take
 * every byte as it comes. A folder that everybody has is entered with a Telnet command in its name:
 * only the first kind finds it. Nothing on the server changes but the working directory.
 */
export async function askIacForm(
  { control }: UserPI,
  charset: Charset,
  signal: AbortSignal,
): Promise<IacForm | undefined> {
  const plain = await control.exchange({ verb: 'CWD', argument: '/' }, { signal });
  if (plain.replyClass !== 'completion') return undefined;
  const argument = charset.decode(Uint8Array.of(0x2f, IAC, dataMark));
  const marked = await control.exchange({ verb: 'CWD', argument, iac: 'once' }, { signal });
  if (marked.replyClass === 'completion') return 'twice';
  return marked.replyClass === 'permanentNegative' ? 'once' : undefined;
}

/** True when the path cannot be sent without knowing it. */
export function holdsIac(path: string, charset: Charset): boolean {
  // UTF-8 has no such byte; this letter stands there for one that is none.
  if (charset.name === 'utf-8') return path.includes('\uEFFF');
  try {
    return /[^\0-\x7f]/.test(path) && charset.encode(path).includes(IAC);
  } catch (error) {
    // Whoever sends it is told.
    if (error instanceof GrammarError) return false;
    throw error;
  }
}
