// `npm run port-sharing`: whether this system lets a listener share the port of a connection that is
// open, which the default data port needs (RFC 959, 3.2). It prints the answer, and ends with 0.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { systemClock } from '../src/base/clock.ts';
import { tcpNetwork } from '../src/ftp/net/tcp.ts';
import { runScript } from './interruption.ts';

await runScript(async (signal) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const remote = { host: '127.0.0.1', port, family: 4 } as const;
  const network = tcpNetwork(systemClock);
  await using connection = await network.dial(remote, { signal, sharedLocalPort: true });
  const { local } = connection;
  const system = `${process.platform} ${process.arch}, Node ${process.version}`;
  try {
    await using listener = await network.listen(local, remote.host);
    console.log(`${system}: port ${listener.endpoint.port} is shared`);
  } catch (error) {
    console.log(`${system}: port ${local.port} is not shared: ${String(error)}`);
  }
  server.close();
  return 0;
});
