// Does a task with ftp, the library of most other extensions: `ftpPeer ASSIGNMENT`, in JSON. It has no
// calls for folders, so that those who use it go from file to file as is done here.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { numbered } from './site.ts';
import { type Assignment, gotFolder, sentFolder, type Task } from './task.ts';

type Callback<T> = (error: Error | null | undefined, result: T) => void;

/** What is used of the library. */
interface Client extends NodeJS.EventEmitter {
  connect(options: object): void;
  get(path: string, callback: Callback<NodeJS.ReadableStream>): void;
  put(local: string, path: string, callback: Callback<void>): void;
  list(path: string, callback: Callback<readonly object[]>): void;
  end(): void;
}

// Brought into the folder beside this program; it is no package of ours.
const load = createRequire(join(import.meta.dirname, 'ftp', 'package.json'));
const Library = load('ftp') as new () => Client;

const assignment = JSON.parse(process.argv[2] ?? '') as Assignment;
const { task, target, sizes, source } = assignment;
const [got, sent] = [gotFolder(assignment), sentFolder(assignment)];
const client = new Library();

function call<T>(start: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}

async function get(path: string, local: string): Promise<void> {
  const bytes = await call<NodeJS.ReadableStream>((done) => client.get(path, done));
  await pipeline(bytes, createWriteStream(local));
}

const put = (local: string, path: string): Promise<void> =>
  call((done) => client.put(local, path, done));
const list = (path: string): Promise<readonly object[]> => call((done) => client.list(path, done));

const tasks: Readonly<Record<Task, () => Promise<unknown>>> = {
  getFiles: async () => {
    await list('/files');
    await mkdir(`${got}/files`);
    const names = numbered('f', sizes.files);
    for (const name of names) await get(`/files/${name}`, `${got}/files/${name}`);
  },
  putFiles: async () => {
    const names = numbered('f', sizes.files);
    for (const name of names) await put(`${source}/files/${name}`, `${sent}/files/${name}`);
  },
  listFolders: async () => {
    for (const name of numbered('d', sizes.folders)) await list(`/folders/${name}`);
  },
  getLarge: () => get('/large.bin', `${got}/large.bin`),
  putLarge: () => put(`${source}/large.bin`, `${sent}/large/large.bin`),
  listOneFolder: () => list('/'),
};

const { host, port, user, password } = target;
const ready = once(client, 'ready');
client.connect({
  host,
  port,
  user,
  password,
  secure: true,
  secureOptions: { rejectUnauthorized: false },
});
await ready;
await tasks[task]();
client.end();
