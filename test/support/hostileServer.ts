import type { Socket } from 'node:net';
import { politeAnswer, scriptedPeer } from './scriptedPeer.ts';

/** A server in the clear whose data port is passive, and that does with both what a test says. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  /** Where its data connections are to be dialled. */
  readonly dataPort: number;
  /** Command lines heard so far. */
  readonly said: readonly string[];
  /** How many data connections have come, and how many are open. */
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
