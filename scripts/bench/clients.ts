// How each client is told to do a task.
import { join } from 'node:path';
import { commandLineFile } from '../paths.ts';
import { numbered, type Target } from './site.ts';
import type { Assignment, Task } from './task.ts';

/** A program with its arguments; "NAME=VALUE" words come before it. `undefined`: it has no such task. */
export type Words = readonly string[];

/** How one client does a task. */
export interface FtpClient {
  readonly name: string;
  /** How many it is told to open; Portside decides for itself. */
  readonly connections: number;
  /** What it needs of `programs`; left out: nothing. */
  readonly program?: ProgramName;
  words(assignment: Assignment): Words | undefined;
}

/** Debian packages, and what they are called on the PATH. */
export const programNames = ['lftp', 'curl'] as const;

export type ProgramName = (typeof programNames)[number];

/** Where its user keeps what Portside learnt of servers. */
export const stateOf = (local: string): string => join(local, 'state');

/** The command line as it is delivered, with its defaults. */
export const portside: FtpClient = {
  name: 'portside',
  connections: 1,
  words: ({ task, target, local }) => [
    `PORTSIDE_PASSWORD=${target.password}`,
    `XDG_STATE_HOME=${stateOf(local)}`,
    process.execPath,
    commandLineFile,
    ...portsideWords(task, target, local),
  ],
};

function portsideWords(task: Task, target: Target, local: string): Words {
  const { user, host, port, fingerprint } = target;
  const trust = ['--fingerprint', fingerprint];
  const url = `ftpes://${user}@${host}:${port}/`;
  const [source, got] = [join(local, 'source'), join(local, 'got')];
  const words: Readonly<Record<Task, Words>> = {
    getFiles: ['get', '-r', ...trust, `${url}files`, got],
    putFiles: ['put', '-r', ...trust, join(source, 'files'), `${url}new`],
    listFolders: ['get', '-r', ...trust, `${url}folders`, got],
    getLarge: ['get', ...trust, `${url}large.bin`, got],
    putLarge: ['put', ...trust, join(source, 'large.bin'), `${url}new/large`],
    listOneFolder: ['ls', ...trust, url],
  };
  return words[task];
}

/** lftp with so many connections. */
export function lftp(connections: number): FtpClient {
  const parallel = `--parallel=${connections}`;
  const commands: Readonly<Record<Task, (local: string) => string>> = {
    getFiles: (local) => `mirror ${parallel} /files ${local}/got/files`,
    putFiles: (local) => `mirror --reverse ${parallel} ${local}/source/files /new/files`,
    listFolders: (local) => `mirror ${parallel} /folders ${local}/got/folders`,
    getLarge: (local) => `get /large.bin -o ${local}/got/large.bin`,
    putLarge: (local) => `put ${local}/source/large.bin -o /new/large/large.bin`,
    listOneFolder: () => 'ls /',
  };
  return {
    name: connections === 1 ? 'lftp' : `lftp ×${connections}`,
    connections,
    program: 'lftp',
    words: ({ task, target, local }) => {
      if (connections > 1 && !hasManyParts(task)) return undefined;
      const { host, port, user, password } = target;
      const settings = [
        'set cmd:fail-exit yes; set net:max-retries 2; set net:timeout 20',
        'set ssl:verify-certificate no; set ftp:ssl-force yes; set ftp:ssl-protect-data yes',
        `open -u "${user},${password}" -p ${port} ${host}`,
      ];
      const script = [...settings, commands[task](local)].join('; ');
      return [`LFTP_HOME=${local}`, 'lftp', '--norc', '-c', script];
    },
  };
}

/** curl with so many connections. */
export function curl(connections: number): FtpClient {
  return {
    name: connections === 1 ? 'curl' : `curl ×${connections}`,
    connections,
    program: 'curl',
    words: ({ task, target, sizes, local }) => {
      if (connections > 1 && !hasManyParts(task)) return undefined;
      const { host, port, user, password } = target;
      const url = `ftp://${host}:${port}`;
      const files = numbered('f', sizes.files);
      const transfers: Readonly<Record<Task, () => Words>> = {
        getFiles: () =>
          files.flatMap((name) => [`${url}/files/${name}`, '-o', `${local}/got/files/${name}`]),
        putFiles: () =>
          files.flatMap((name) => ['-T', `${local}/source/files/${name}`, `${url}/new/files/`]),
        listFolders: () =>
          numbered('d', sizes.folders).flatMap((name) => [
            `${url}/folders/${name}/`,
            '-o',
            '/dev/null',
          ]),
        getLarge: () => [`${url}/large.bin`, '-o', `${local}/got/large.bin`],
        putLarge: () => ['-T', `${local}/source/large.bin`, `${url}/new/large/`],
        listOneFolder: () => [`${url}/`],
      };
      const many = connections > 1 ? ['--parallel', '--parallel-max', String(connections)] : [];
      const common = ['-q', '-sS', '-k', '--ssl-reqd', '--ftp-method', 'nocwd', '--create-dirs'];
      return ['curl', ...common, '-u', `${user}:${password}`, ...many, ...transfers[task]()];
    },
  };
}

/** basic-ftp, bundled at `program`; it has one connection. */
export function basicFtp(program: string): FtpClient {
  return {
    name: 'basic-ftp',
    connections: 1,
    words: (assignment) => [process.execPath, program, JSON.stringify(assignment)],
  };
}

/** Node's own TLS from disk to disk, by the server of `rawCopy.ts` at this port. */
export function rawCopy(program: string, port: number): FtpClient {
  return {
    name: 'limit',
    connections: 1,
    words: ({ task, target: { host }, local }) => {
      const words: Readonly<Record<Task, Words>> = {
        getFiles: ['get', 'all.bin', `${local}/got/all.bin`],
        putFiles: ['put', `${local}/source/all.bin`, 'new/all.bin'],
        listFolders: ['get', 'empty.bin', `${local}/got/empty.bin`],
        getLarge: ['get', 'large.bin', `${local}/got/large.bin`],
        putLarge: ['put', `${local}/source/large.bin`, 'new/large/large.bin'],
        listOneFolder: ['get', 'empty.bin', `${local}/got/empty.bin`],
      };
      const [verb = '', ...rest] = words[task];
      return [process.execPath, program, verb, host, String(port), ...rest];
    },
  };
}

/** Whether more connections than one can help. */
export function hasManyParts(task: Task): boolean {
  return task === 'getFiles' || task === 'putFiles' || task === 'listFolders';
}
