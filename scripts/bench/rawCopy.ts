// What Node.js can do at most: files from disk to disk over one TLS connection, and nothing else.
//
//   rawCopy serve HOST PORT PEM FOLDER     rawCopy get HOST PORT REMOTE LOCAL     rawCopy put HOST PORT LOCAL REMOTE
//
// The client's first line tells what is wanted: "get NAME", or "put NAME" with the file behind it.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';

// Large pieces to the line; what comes from it goes to the disk by the mebibyte, in one call.
const piece = 256 * 1024;
const batch = 1024 * 1024;
const mostUnwritten = 8 * batch;

// What FTP servers and clients agree on, and nothing that is slower.
const suite = {
  ciphers: 'TLS_AES_128_GCM_SHA256',
  ecdhCurve: 'P-256',
  minVersion: 'TLSv1.3',
} as const;

const [verb, host = '', port, from = '', to = ''] = process.argv.slice(2);

function serve(pem: string, folder: string): void {
  const certificate = readFileSync(pem);
  const server = createServer(
    { key: certificate, cert: certificate, allowHalfOpen: true, noDelay: true, ...suite },
    (socket) => void answer(socket, folder).catch(() => socket.destroy()),
  );
  server.listen(Number(port), host, () => process.stdout.write('listening\n'));
}

async function answer(socket: TLSSocket, folder: string): Promise<void> {
  const line = await firstLine(socket);
  const path = join(folder, line.slice('get '.length));
  if (line.startsWith('get ')) {
    await send(socket, path);
    socket.end();
  } else {
    await receive(socket, path);
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

/** Reads a piece while the one before it leaves. */
async function send(socket: TLSSocket, path: string): Promise<void> {
  await using file = await open(path);
  let leaving = Promise.resolve();
  for (;;) {
    const bytes = Buffer.allocUnsafe(piece);
    const { bytesRead } = await file.read(bytes, 0, piece);
    await leaving;
    if (bytesRead === 0) return;
    leaving = new Promise((resolve, reject) => {
      socket.write(bytes.subarray(0, bytesRead), (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Takes what comes while the batch before it is written. */
async function receive(socket: TLSSocket, path: string): Promise<void> {
  await using file = await open(path, 'w');
  const batches = new Batches(file, socket);
  socket.on('data', (bytes: Buffer) => batches.take(bytes));
  await once(socket, 'end');
  await batches.end();
}

class Batches {
  readonly #file: FileHandle;
  readonly #socket: TLSSocket;
  #pieces: Buffer[] = [];
  #size = 0;
  #writing: Promise<void> | undefined;

  constructor(file: FileHandle, socket: TLSSocket) {
    this.#file = file;
    this.#socket = socket;
  }

  take(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= batch) this.#writing ??= this.#write();
    if (this.#size > mostUnwritten) this.#socket.pause();
  }

  async end(): Promise<void> {
    await this.#writing;
    await this.#write(1);
  }

  async #write(least = batch): Promise<void> {
    while (this.#size >= least) {
      const pieces = this.#pieces.splice(0);
      this.#size = 0;
      await this.#file.writev(pieces);
      this.#socket.resume();
    }
    this.#writing = undefined;
  }
}

async function ask(): Promise<void> {
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...suite });
  socket.setNoDelay(true);
  await once(socket, 'secureConnect');
  if (verb === 'get') {
    socket.write(`get ${from}\n`);
    await receive(socket, to);
  } else {
    socket.write(`put ${to}\n`);
    await send(socket, from);
    socket.end();
    for await (const reply of socket) if (String(reply) !== 'done') throw new Error(String(reply));
  }
  process.exit(0);
}

// At the end, where the class above is known.
if (verb === 'serve') serve(from, to);
else await ask();
