import type { Verb } from './verb.ts';

/** How the verbs are called, and what holds for all of them. */
export function helpText(verbs: readonly Verb[]): string {
  const calls = verbs.map(({ usage, summary }) => `  portside ${usage}\n      ${summary}\n`);
  return `${calls.join('')}\n${common}`;
}

const common = `Addresses
  ftpes://USER@HOST:PORT/PATH   TLS on request, required (port 21)
  ftps://USER@HOST:PORT/PATH    TLS from the first byte (port 990)
  ftp://USER@HOST:PORT/PATH     no protection (port 21)
  Without USER the login is anonymous. The password comes from PORTSIDE_PASSWORD, or is asked for.
  PATH begins at the root of the server; without it the folder of the login is meant. "%20" is a
  blank and "%25" the sign itself. As with cp, what is copied goes into a target that is a folder.

Options of all verbs with an address
  --security explicit|explicitIfOffered|implicit|none   in place of what the address says
  --ca FILE              certificates to trust in place of the system's, in PEM
  --cert FILE --key FILE   your own certificate and its key, in PEM, for servers that ask who you are;
                         --key may be left out where both are in one file. The passphrase of an
                         encrypted key comes from PORTSIDE_KEY_PASSPHRASE, or is asked for.
  --min-tls 1.2|1.3      the oldest version of TLS that is accepted: 1.2 if left out
  --fingerprint SHA256   trust the server's certificate by its fingerprint, if nothing else proves it
  --mode auto|block|stream
  --data-port auto|default|epsv|pasv|eprt|port
  --listing auto|mlsd|list|stat   how folders are listed; stat needs no data port
  --skip FEAT,MODE       commands that are not said to this server, for it does not survive them
  --timeout SECONDS      patience for an answer, or for the next bytes of a file: 30 if left out. A file
                         that was sent may take five minutes to be confirmed.
  --proxy URL            socks5://USER@HOST:PORT or http://USER@HOST:PORT, which looks up the names and
                         reaches data ports of the server only. The password of USER comes from
                         PORTSIDE_PROXY_PASSWORD, or is asked for; no other variable names a proxy.
  --connections N        how many connections may be open at a time: 1 if left out
  --charset NAME         utf-8, windows-1252, shift_jis, ... (utf-8)
  --trace                the dialogue with the server on standard error, without secrets

Exit codes: 0 done, 1 failed, 2 the command line is wrong.
`;
