import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { toRemotePath } from '../../../../src/base/paths.ts';
import { ReplyError } from '../../../../src/ftp/errors.ts';
import { tcpNetwork } from '../../../../src/ftp/net/tcp.ts';
import type { Network } from '../../../../src/ftp/net/transport.ts';
import { allRungs, type Rung } from '../../../../src/ftp/rung.ts';
import { ServerProfile } from '../../../../src/ftp/profile/serverProfile.ts';
import { connectEngine } from '../../../support/engine.ts';

const live = new AbortController().signal;
const streamRungs: readonly Rung[] = allRungs.filter(({ mode }) => mode === 'stream');

test('a data port that is closed before the refusal is heard is not to be blamed', async () => {
  const dialFailed = Promise.withResolvers<void>();
  await using server = await startServer(async (verb) => {
    if (verb === 'RETR') {
      await dialFailed.promise;
      return '550 No such file';
    }
    return replies[verb] ?? '200 Fine';
  });
  const profile = new ServerProfile(streamRungs);
  // Where nobody knows the way yet, the dial comes before the command.
  profile.ladder.prove({ mode: 'stream', dataPort: 'epsv' }, systemClock.now());
  await using connection = await connectEngine(server.port, {
    security: 'none',
    network: networkWithoutDataPorts(() => dialFailed.resolve()),
    profile,
  });
  const retrieving = connection.retrieve(toRemotePath('/missing'), { signal: live });
  await expect(retrieving).rejects.toBeInstanceOf(ReplyError);
  await expect(retrieving).rejects.toMatchObject({ reply: { code: 550 } });
  expect(profile.ladder.current).toEqual({ mode: 'stream', dataPort: 'epsv' });
  expect(connection.usable).toBe(true);
});

const replies: Readonly<Record<string, string>> = {
  USER: '230 Welcome',
  FEAT: '502 What?',
  EPSV: '229 Here (|||1|)',
};

/** The control connection is dialled; every data connection is refused. */
function networkWithoutDataPorts(onRefused: () => void): Network {
  const network = tcpNetwork(systemClock);
  let dialled = 0;
  return {
    ...network,
    dial: async (remote, options) => {
      dialled += 1;
      if (dialled === 1) return await network.dial(remote, options);
      onRefused();
      throw new Error('connect ECONNREFUSED');
    },
  };
}

/** A server-PI that answers line by line, in order. */
async function startServer(
  answer: (verb: string) => Promise<string>,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    void converse(socket, answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function converse(socket: Socket, answer: (verb: string) => Promise<string>): Promise<void> {
  socket.on('error', () => {});
  socket.write('220 Ready\r\n');
  for await (const line of createInterface({ input: socket })) {
    const [verb = ''] = line.split(' ');
    socket.write(`${await answer(verb)}\r\n`);
  }
}
