// How each client is told to do a task.
import { join } from 'node:path';
import { commandLineFile } from '../paths.ts';
import type { ServerName } from './servers.ts';
import { numbered } from './site.ts';
import { type Assignment, gotFolder, sentFolder, type Task } from './task.ts';

/** A program with its arguments; "NAME=VALUE" words come before it. `undefined`: it has no such task. */
export type Words = readonly string[];

/** How one client does a task. */
export interface FtpClient {
  readonly name: string;
  /** `one`: whatever there is to do is done one after the other, on one connection. */
  readonly connections: 'many' | 'one';
  /** What it needs of `programs`; left out: nothing. */
  readonly program?: ProgramName;
  /** Servers that refuse it if their data connections must resume the TLS session. */
  readonly cannotResume: readonly ServerName[];
  readonly words: (assignment: Assignment) => Words | undefined;
}

/** Debian packages, and what they are called on the PATH. */
export const programNames = ['lftp', 'curl'] as const;

/** What has to be brought. */
export type ProgramName = (typeof programNames)[number] | 'ftp';

/** Where its user keeps what Portside learnt of servers. */
export const stateOf = (local: string): string => join(local, 'state');

/** The command line as it is delivered, with its defaults or with these options. */
export function portside(name = 'portside', options: readonly string[] = []): FtpClient {
  return {
    name,
    connections: 'many',
    cannotResume: [],
    words: (assignment) => [
      `PORTSIDE_PASSWORD=${assignment.target.password}`,
      `XDG_STATE_HOME=${stateOf(assignment.local)}`,
      process.execPath,
      commandLineFile,
      ...portsideWords(assignment),
      ...options,
    ],
  };
}

function portsideWords(assignment: Assignment): Words {
  const { task, target, source } = assignment;
  const { user, host, port, fingerprint } = target;
  const trust = ['--fingerprint', fingerprint];
  const url = `ftpes://${user}@${host}:${port}`;
  const [got, sent] = [gotFolder(assignment), `${url}${sentFolder(assignment)}`];
  const words: Readonly<Record<Task, Words>> = {
    getFiles: ['get', '-r', ...trust, `${url}/files`, got],
    putFiles: ['put', '-r', ...trust, join(source, 'files'), sent],
    listFolders: ['get', '-r', ...trust, `${url}/folders`, got],
    getLarge: ['get', ...trust, `${url}/large.bin`, got],
    putLarge: ['put', ...trust, join(source, 'large.bin'), `${sent}/large`],
    listOneFolder: ['ls', ...trust, `${url}/`],
  };
  return words[task];
}

/** lftp with so many connections. */
export function lftp(connections: number): FtpClient {
  const parallel = `--parallel=${connections}`;
  const commands: Readonly<Record<Task, (ours: Assignment, got: string) => string>> = {
    getFiles: (_, got) => `mirror ${parallel} /files ${got}/files`,
    putFiles: (ours) =>
      `mirror --reverse ${parallel} ${ours.source}/files ${sentFolder(ours)}/files`,
    listFolders: (_, got) => `mirror ${parallel} /folders ${got}/folders`,
    getLarge: (_, got) => `get /large.bin -o ${got}/large.bin`,
    putLarge: (ours) => `put ${ours.source}/large.bin -o ${sentFolder(ours)}/large/large.bin`,
    listOneFolder: () => 'ls /',
  };
  return {
    ...numberedClient('lftp', connections),
    cannotResume: [],
    words: (assignment) => {
      const { task, target, local } = assignment;
      if (connections > 1 && !hasManyParts(task)) return undefined;
      const { host, port, user, password } = target;
      const settings = [
        'set cmd:fail-exit yes; set net:max-retries 2; set net:timeout 20',
        'set ssl:verify-certificate no; set ftp:ssl-force yes; set ftp:ssl-protect-data yes',
        `open -u "${user},${password}" -p ${port} ${host}`,
      ];
      const script = [...settings, commands[task](assignment, gotFolder(assignment))].join('; ');
      return [`LFTP_HOME=${local}`, 'lftp', '--norc', '-c', script];
    },
  };
}

/** curl with so many connections; with many of them it mixes up the sessions that they resume. */
export function curl(connections: number): FtpClient {
  return {
    ...numberedClient('curl', connections),
    cannotResume: connections > 1 ? ['serve', 'serve without HASH', 'vsftpd', 'ProFTPD'] : [],
    words: (assignment) => {
      const { task, target, sizes, source } = assignment;
      if (connections > 1 && !hasManyParts(task)) return undefined;
      const { host, port, user, password } = target;
      const url = `ftp://${host}:${port}`;
      const [got, sent] = [gotFolder(assignment), `${url}${sentFolder(assignment)}`];
      const files = numbered('f', sizes.files);
      const folders = numbered('d', sizes.folders);
      const transfers: Readonly<Record<Task, () => Words>> = {
        getFiles: () =>
          files.flatMap((name) => [`${url}/files/${name}`, '-o', `${got}/files/${name}`]),
        putFiles: () =>
          files.flatMap((name) => ['-T', `${source}/files/${name}`, `${sent}/files/`]),
        listFolders: () =>
          folders.flatMap((name) => [`${url}/folders/${name}/`, '-o', '/dev/null']),
        getLarge: () => [`${url}/large.bin`, '-o', `${got}/large.bin`],
        putLarge: () => ['-T', `${source}/large.bin`, `${sent}/large/`],
        listOneFolder: () => [`${url}/`],
      };
      const many = connections > 1 ? ['--parallel', '--parallel-max', String(connections)] : [];
      const common = ['-q', '-sS', '-k', '--ssl-reqd', '--ftp-method', 'nocwd', '--create-dirs'];
      return ['curl', ...common, '-u', `${user}:${password}`, ...many, ...transfers[task]()];
    },
  };
}

function numberedClient(
  program: 'lftp' | 'curl',
  connections: number,
): Pick<FtpClient, 'name' | 'program' | 'connections'> {
  return connections === 1
    ? { name: program, program, connections: 'one' }
    : { name: `${program} ×${connections}`, program, connections: 'many' };
}

/** basic-ftp, bundled at `program`. */
export function basicFtp(program: string): FtpClient {
  return library('basic-ftp', program);
}

/** The library ftp, used by what is bundled at `program`. */
export function ftp(program: string): FtpClient {
  return { ...library('ftp', program), program: 'ftp' };
}

function library(name: string, program: string): FtpClient {
  return {
    name,
    connections: 'one',
    cannotResume: [],
    words: (assignment) => [process.execPath, program, JSON.stringify(assignment)],
  };
}

/** Node's own TLS from disk to disk, by the server of `rawCopy.ts` at this port. */
export function rawCopy(program: string, port: number): FtpClient {
  return {
    name: 'limit',
    connections: 'many',
    cannotResume: [],
    words: (assignment) => {
      const { task, target, source } = assignment;
      const got = gotFolder(assignment);
      const sent = sentFolder(assignment);
      const words: Readonly<Record<Task, Words>> = {
        getFiles: ['get', 'all.bin', `${got}/all.bin`],
        putFiles: ['put', `${source}/all.bin`, `${sent}/all.bin`],
        listFolders: ['get', 'empty.bin', `${got}/empty.bin`],
        getLarge: ['get', 'large.bin', `${got}/large.bin`],
        putLarge: ['put', `${source}/large.bin`, `${sent}/large/large.bin`],
        listOneFolder: ['get', 'empty.bin', `${got}/empty.bin`],
      };
      const [verb = '', ...rest] = words[task];
      return [process.execPath, program, verb, target.host, String(port), ...rest];
    },
  };
}

/** Whether more connections than one can help. */
export function hasManyParts(task: Task): boolean {
  return task === 'getFiles' || task === 'putFiles' || task === 'listFolders';
}
