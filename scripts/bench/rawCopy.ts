// What Node.js can do at most: files from disk to disk over one TLS connection, and nothing else.
//
//   rawCopy serve HOST PORT PEM FOLDER     rawCopy get HOST PORT REMOTE LOCAL     rawCopy put HOST PORT LOCAL REMOTE
//
// The client's first line tells what is wanted: "get NAME", or "put NAME" with the file behind it.
import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { connect, createServer, type TLSSocket } from 'node:tls';

// Large pieces; what arrives while one is written goes to the disk with the next.
const piece = { highWaterMark: 256 * 1024 };
const unwritten = { highWaterMark: 4 * 1024 * 1024 };

const [verb, host = '', port, from = '', to = ''] = process.argv.slice(2);
if (verb === 'serve') serve(from, to);
else await ask();

function serve(pem: string, folder: string): void {
  const certificate = readFileSync(pem);
  const server = createServer(
    { key: certificate, cert: certificate, allowHalfOpen: true, noDelay: true },
    (socket) => void answer(socket, folder).catch(() => socket.destroy()),
  );
  server.listen(Number(port), host, () => process.stdout.write('listening\n'));
}

async function answer(socket: TLSSocket, folder: string): Promise<void> {
  const line = await firstLine(socket);
  const path = join(folder, line.slice('get '.length));
  if (line.startsWith('get ')) {
    await pipeline(createReadStream(path, piece), socket);
  } else {
    await pipeline(socket, createWriteStream(path, unwritten), { end: true });
    socket.end('done');
  }
}

// What came behind the line goes back into the stream.
async function firstLine(socket: TLSSocket): Promise<string> {
  let bytes = Buffer.alloc(0);
  while (!bytes.includes('\n')) {
    await once(socket, 'readable');
    bytes = Buffer.concat([bytes, (socket.read() as Buffer | null) ?? Buffer.alloc(0)]);
  }
  const end = bytes.indexOf('\n');
  socket.unshift(bytes.subarray(end + 1));
  return bytes.toString('utf8', 0, end);
}

async function ask(): Promise<void> {
  const socket = connect({
    host,
    port: Number(port),
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true);
  await once(socket, 'secureConnect');
  if (verb === 'get') {
    socket.write(`get ${from}\n`);
    await pipeline(socket, createWriteStream(to, unwritten));
  } else {
    socket.write(`put ${to}\n`);
    await pipeline(createReadStream(from, piece), socket);
    for await (const reply of socket) if (String(reply) !== 'done') throw new Error(String(reply));
  }
  process.exit(0);
}
