import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type HostileServer, hostileServer } from './hostileServer.ts';

/** What a server does when it is asked for a listing. */
export interface ToldListing {
  /** Left out: it says nothing and dials nothing before the final reply. */
  readonly preliminary?: string | undefined;
  readonly data?: string | Uint8Array;
  readonly staysOpen?: boolean;
  /** Reads the upload to its end. */
  readonly takes?: boolean;
  readonly final: string;
}

/** A listing as servers send it. */
export function listing(data: string | Uint8Array, final = '226 Done'): ToldListing {
  return { preliminary: '150 Here', data, final };
}

export interface ListingScript {
  /** The folders that may be entered. */
  readonly folders: readonly string[];
  /** Its listing, by the command line (MLSD or LIST) and the current folder. */
  readonly list: (line: string, folder: string) => ToldListing;
  /** All other commands; `undefined` leaves them to a polite server. */
  readonly answer?: (line: string, folder: string) => string | undefined;
}

/** A server without TLS, with passive data ports, that lists as a test says. */
export async function listingServer(script: ListingScript): Promise<HostileServer> {
  const waiting: ((socket: Socket) => void)[] = [];
  const come: Socket[] = [];
  const next = async (): Promise<Socket> =>
    come.shift() ?? (await new Promise<Socket>((resolve) => waiting.push(resolve)));
  const standing = new WeakMap<Socket, string>();
  const send = async (
    control: Socket,
    { preliminary, data, staysOpen, takes, final }: ToldListing,
  ) => {
    if (preliminary !== undefined) control.write(`${preliminary}\r\n`);
    const socket = await next();
    if (takes === true) {
      socket.resume();
      await once(socket, 'end');
      socket.end();
    }
    if (data !== undefined && staysOpen !== true) {
      await new Promise<void>((resolve) => socket.end(data, resolve));
    }
    control.write(`${final}\r\n`);
  };
  return await hostileServer({
    onData: (socket) => {
      const taker = waiting.shift();
      if (taker) taker(socket);
      else come.push(socket);
    },
    answer: (line, control) => {
      const folder = standing.get(control) ?? '/';
      const answer = script.answer?.(line, folder);
      if (answer !== undefined) return `${answer}\r\n`;
      if (line.startsWith('CWD ')) {
        if (!script.folders.includes(line.slice(4))) return '550 No such folder\r\n';
        standing.set(control, line.slice(4));
        return '250 Here\r\n';
      }
      if (line === 'PWD') return `257 "${folder}"\r\n`;
      if (line.startsWith('MLST')) return '550 Nothing there\r\n';
      if (line.startsWith('STAT')) return '502 No\r\n';
      if (!/^(?:MLSD|LIST|RETR|STOR)\b/.test(line)) return undefined;
      void send(control, script.list(line, folder));
      return '';
    },
  });
}
