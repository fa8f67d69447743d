import { errorMessage } from '../base/errorMessage.ts';
import { OutputClosedError } from './terminal.ts';
import { UsageError } from './errors.ts';
import type { VerbParts, Verb } from './verb.ts';
import { cat } from './verbs/cat.ts';
import { doctor } from './verbs/doctor.ts';
import { get } from './verbs/get.ts';
import { ls } from './verbs/ls.ts';
import { parseListingVerb } from './verbs/parseListing.ts';
import { put } from './verbs/put.ts';
import { rm } from './verbs/rm.ts';
import { serve } from './verbs/serve.ts';

/** 0: done. 1: failed. 2: the command line does not say what to do. */
export type ExitCode = 0 | 1 | 2;

const verbs: ReadonlyMap<string, Verb> = new Map(
  Object.entries({ ls, cat, get, put, rm, doctor, serve, 'parse-listing': parseListingVerb }),
);

/** Does what the arguments say, and tells the user what went wrong. Never rejects. */
export async function runCommandLine(
  args: readonly string[],
  parts: VerbParts,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { terminal } = parts;
  try {
    return (await runVerb(args, parts, signal)) ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.tell(error.message);
      terminal.tell('portside --help says more.');
      return 2;
    }
    if (!(error instanceof OutputClosedError)) terminal.tell(sentenceOf(error));
    return 1;
  }
}

async function runVerb(
  args: readonly string[],
  parts: VerbParts,
  signal: AbortSignal,
): Promise<boolean> {
  const { terminal, version } = parts;
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError('Say what to do, like portside ls URL.');
  if (['--help', '-h', 'help'].includes(name)) {
    await terminal.write(helpText([...verbs.values()]));
    return true;
  }
  if (name === '--version') {
    await terminal.write(`${version}\n`);
    return true;
  }
  const verb = verbs.get(name);
  if (!verb) throw new UsageError(`Unknown command "${name}".`);
  if (asksForHelp(rest)) {
    await terminal.write(helpText([verb]));
    return true;
  }
  return await verb.run(rest, parts, signal);
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h');
}

function sentenceOf(error: unknown): string {
  const message = errorMessage(error);
  return message.replace(/[^.!?]$/, '$&.');
}

/** How the verbs are called, and what holds for all of them. */
function helpText(verbs: readonly Verb[]): string {
  const calls = verbs.map(({ usage, summary }) => `  portside ${usage}\n      ${summary}\n`);
  return `${calls.join('')}\n${common}`;
}

const common = `Addresses
  ftpes://USER@HOST:PORT/PATH   TLS on request, required (port 21)
  ftps://USER@HOST:PORT/PATH    TLS from the first byte (port 990)
  ftp://USER@HOST:PORT/PATH     no protection (port 21)
  Without USER the login is anonymous. The password comes from PORTSIDE_PASSWORD, or you are asked.
  PATH begins at the root of the server; without it the folder of the login is meant. "%20" means a
  blank and "%25" a "%". As with cp, what you copy goes into the target if that is a folder.

Options of all verbs with an address
  --security explicit|explicitIfOffered|implicit|none   in place of what the address says
  --ca FILE              certificates to trust in place of the system's, in PEM
  --cert FILE --key FILE   your own certificate and its key, in PEM, for servers that ask for one.
                         --key may be left out if both are in one file. The passphrase of an
                         encrypted key comes from PORTSIDE_KEY_PASSPHRASE, or you are asked.
  --min-tls 1.2|1.3      the oldest version of TLS that is accepted: 1.2 if left out
  --fingerprint SHA256   trust the server's certificate by its fingerprint, if nothing else proves it
  --mode auto|block|stream
  --data-port auto|default|epsv|pasv|eprt|port
  --listing auto|mlsd|list|stat   how folders are listed; stat needs no data port
  --skip FEAT,MODE       commands that are never sent, for a server that hangs or ends on them
  --timeout SECONDS      how long to wait for an answer, or for the next bytes of a file: 30 if left
                         out. The server may take five minutes to confirm a file that was sent.
  --proxy URL            socks5://USER@HOST:PORT or http://USER@HOST:PORT. The proxy looks up the name
                         of the host. The server cannot connect back through it: only epsv and pasv
                         work. The password of USER comes from PORTSIDE_PROXY_PASSWORD, or you are
                         asked; no other variable names a proxy.
  --connections N        how many connections may be open at a time. If left out, as many as help
                         and the server allows: one in block mode, up to eight for uploads and in
                         stream mode.
  --charset NAME         utf-8, windows-1252, shift_jis, ...: utf-8 if left out
  --no-profile           find out again what the server can do, and remember nothing of it
  --trace                show the dialogue with the server on standard error, without secrets

Exit codes: 0 done, 1 failed, 2 the command line is wrong.
`;
