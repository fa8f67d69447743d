import type { Socket } from 'node:net';
import { politeAnswer, scriptedPeer } from './scriptedPeer.ts';

/** A server without TLS, with a passive data port; a test says what it does on both connections. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  /** The port for its data connections. */
  readonly dataPort: number;
  /** Command lines received so far. */
  readonly said: readonly string[];
  /** How many data connections were opened so far, and how many are open now. */
  readonly data: { readonly came: number; readonly open: number };
}

export interface HostileScript {
  readonly greeting?: string;
  /** Answers a command; `undefined` leaves it to a server that logs in and knows EPSV and MODE. */
  readonly answer?: (line: string, control: Socket) => string | undefined;
  /** Called for each data connection. */
  readonly onData?: (data: Socket) => void;
}

export async function hostileServer({
  greeting = '220 Hi\r\n',
  answer,
  onData,
}: HostileScript): Promise<HostileServer> {
  const said: string[] = [];
  const data = await scriptedPeer(onData ? { onConnect: onData } : {});
  const control = await scriptedPeer({
    greeting,
    answer: (line, socket) => {
      said.push(line);
      return answer?.(line, socket) ?? politeAnswer(line, data.port);
    },
  });
  return {
    port: control.port,
    dataPort: data.port,
    said,
    data: {
      get came() {
        return data.connections;
      },
      get open() {
        return data.sockets.size;
      },
    },
    [Symbol.asyncDispose]: async () => {
      await control[Symbol.asyncDispose]();
      await data[Symbol.asyncDispose]();
    },
  };
}
