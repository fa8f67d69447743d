// Does a task with basic-ftp, the library of other extensions: `basicFtpPeer ASSIGNMENT`, in JSON.
import { Client } from 'basic-ftp';
import { numbered } from './site.ts';
import type { Assignment, Task } from './task.ts';

const { task, target, sizes, local } = JSON.parse(process.argv[2] ?? '') as Assignment;
const client = new Client();

const tasks: Readonly<Record<Task, () => Promise<unknown>>> = {
  getFiles: () => client.downloadToDir(`${local}/got/files`, '/files'),
  putFiles: () => client.uploadFromDir(`${local}/source/files`, '/new/files'),
  listFolders: async () => {
    for (const name of numbered('d', sizes.folders)) await client.list(`/folders/${name}`);
  },
  getLarge: () => client.downloadTo(`${local}/got/large.bin`, '/large.bin'),
  putLarge: () => client.uploadFrom(`${local}/source/large.bin`, '/new/large/large.bin'),
  listOneFolder: () => client.list('/'),
};

const { host, port, user, password } = target;
await client.access({
  host,
  port,
  user,
  password,
  secure: true,
  secureOptions: { rejectUnauthorized: false },
});
await tasks[task]();
client.close();
