// Does a task with basic-ftp, a library of other extensions: `basicFtpPeer ASSIGNMENT`, in JSON.
import { Client } from 'basic-ftp';
import { numbered } from './site.ts';
import { type Assignment, gotFolder, sentFolder, type Task } from './task.ts';

const assignment = JSON.parse(process.argv[2] ?? '') as Assignment;
const { task, target, sizes, source } = assignment;
const [got, sent] = [gotFolder(assignment), sentFolder(assignment)];
const client = new Client();

const tasks: Readonly<Record<Task, () => Promise<unknown>>> = {
  getFiles: () => client.downloadToDir(`${got}/files`, '/files'),
  putFiles: () => client.uploadFromDir(`${source}/files`, `${sent}/files`),
  listFolders: async () => {
    for (const name of numbered('d', sizes.folders)) await client.list(`/folders/${name}`);
  },
  getLarge: () => client.downloadTo(`${got}/large.bin`, '/large.bin'),
  putLarge: () => client.uploadFrom(`${source}/large.bin`, `${sent}/large/large.bin`),
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
