import { defaultMemoryLimits } from '../../server/folder/memoryFile.ts';
import type { ServerLimits } from '../../server/limits.ts';
import { personalities, personalityOf } from '../../server/personality.ts';
import { serveFolder, type ServeOptions } from '../../server/ftpServer.ts';
import { type Arguments, oneOf, parseArguments } from '../arguments.ts';
import { localPath } from '../localPath.ts';
import { kindOf, readTextFile } from '../nodeFiles.ts';
import { wrongCall } from '../positionals.ts';
import { addressInBrackets } from '../remoteAddress.ts';
import { askPassword } from '../credentials.ts';
import { stateFolder } from '../stateFolder.ts';
import { terminalLogger } from '../terminalLogger.ts';
import { Failure, UsageError } from '../errors.ts';
import type { VerbParts, Verb } from '../verb.ts';

const options = {
  root: { type: 'string' },
  memory: { type: 'boolean' },
  listen: { type: 'string' },
  tls: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  user: { type: 'string' },
  anonymous: { type: 'boolean' },
  'read-only': { type: 'boolean' },
  'default-port-only': { type: 'boolean' },
  'data-session': { type: 'string' },
  'max-connections': { type: 'string' },
  'max-per-address': { type: 'string' },
  'login-timeout': { type: 'string' },
  'memory-limit': { type: 'string' },
  personality: { type: 'string' },
  trace: { type: 'boolean' },
} as const;

type Values = Arguments<typeof options>['values'];

// Not 21: on most systems only the administrator may listen below 1024. The data port is one below.
const defaultListenPort = 2121;

/** Runs the embedded server until it is interrupted. */
export const serve: Verb = {
  usage:
    'serve --root DIR | --memory [--listen HOST:PORT] [--tls explicit|implicit|none] ' +
    '[--cert FILE --key FILE] [--user NAME] [--anonymous] [--read-only] [--default-port-only] ' +
    '[--data-session required|any] [--max-connections N] [--max-per-address N] ' +
    '[--login-timeout SECONDS] [--memory-limit MIB] ' +
    `[--personality ${Object.keys(personalities).join('|')}]`,
  summary: 'run an FTP server',
  run: async (args, parts, signal) => {
    const { values, positionals } = parseArguments(args, options);
    if (positionals.length > 0) throw wrongCall(serve.usage);
    const { terminal } = parts;
    const asked = await serveOptions(values, parts, signal);
    // `serveFolder` does not wait for its lines to be printed. They keep their order all the same.
    let printed = Promise.resolve();
    const print = (line: string): void => {
      printed = printed.then(() => terminal.write(`${line}\n`)).catch(() => {});
    };
    try {
      await serveFolder(asked, print, signal);
    } catch (error) {
      throw cannotServe(error, asked);
    }
    await printed;
    return true;
  },
};

async function serveOptions(
  values: Values,
  parts: VerbParts,
  signal: AbortSignal,
): Promise<ServeOptions> {
  const { clock, terminal } = parts;
  const tls = oneOf('tls', values.tls, ['explicit', 'implicit', 'none'] as const) ?? 'explicit';
  const anonymous = values.anonymous ?? false;
  if (values.user === undefined && !anonymous) {
    throw new UsageError('Say who may log in: --user NAME, --anonymous, or both.');
  }
  const listen = readListen(values.listen ?? '');
  const personality = readPersonality(values.personality);
  const certificate = await readCertificate(values, parts);
  return {
    folder: await readFolder(values, parts),
    listen,
    tls,
    stateFolder: stateFolder(parts),
    anonymous,
    readOnly: values['read-only'] ?? false,
    defaultPortOnly: values['default-port-only'] ?? false,
    dataSession:
      oneOf('data-session', values['data-session'], ['required', 'any'] as const) ?? 'required',
    limits: readLimits(values),
    clock,
    logger: terminalLogger(terminal, { trace: values.trace ?? false }),
    ...(certificate && { certificate }),
    ...(personality && { personality }),
    ...(values.user !== undefined && {
      user: { name: values.user, password: await readPassword(values.user, parts, signal) },
    }),
  };
}

async function readPassword(user: string, parts: VerbParts, signal: AbortSignal): Promise<string> {
  const password = await askPassword(user, parts, signal);
  if (password !== '') return password;
  throw new UsageError(
    `The password of ${user} is empty: every client could log in. Set PORTSIDE_PASSWORD, or say --anonymous.`,
  );
}

function readLimits(values: Values): Partial<ServerLimits> {
  const connections = readCount('max-connections', values['max-connections']);
  const connectionsPerAddress = readCount('max-per-address', values['max-per-address']);
  const login = readCount('login-timeout', values['login-timeout']);
  return {
    ...(connections !== undefined && { connections }),
    ...(connectionsPerAddress !== undefined && { connectionsPerAddress }),
    ...(login !== undefined && { login: login * 1000 }),
  };
}

function readCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} is a whole number from 1 to 999999; it cannot be "${text}".`);
}

async function readFolder(
  { root, memory = false, 'memory-limit': limit }: Values,
  parts: VerbParts,
): Promise<ServeOptions['folder']> {
  const mebibytes = readCount('memory-limit', limit);
  if ((root === undefined) === !memory) {
    throw new UsageError('Say what to serve: --root DIR or --memory.');
  }
  if (root === undefined) {
    if (mebibytes === undefined) return { kind: 'memory' };
    const limits = { ...defaultMemoryLimits, bytes: mebibytes * 1024 * 1024 };
    return { kind: 'memory', limits };
  }
  if (mebibytes !== undefined) throw new UsageError('--memory-limit needs --memory.');
  const path = localPath(root, parts);
  if ((await kindOf(path)) === 'folder') return { kind: 'disk', root: path };
  throw new Failure(`${path} is not a folder: it cannot be served.`);
}

/** HOST:PORT, each with a default: "0.0.0.0", ":2121", "[::1]:2121". */
function readListen(text: string): ServeOptions['listen'] {
  const [, written, digits] = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d+))?$/.exec(text) ?? [];
  const host = written?.startsWith('[') ? addressInBrackets(written) : written;
  const port = digits === undefined ? defaultListenPort : Number(digits);
  if (host !== undefined && port <= 65_535) return { host: host === '' ? '127.0.0.1' : host, port };
  throw new UsageError(
    `--listen is HOST:PORT, like 0.0.0.0:2121 or [::1]:2121; it cannot be "${text}".`,
  );
}

function readPersonality(name: string | undefined): ServeOptions['personality'] {
  if (name === undefined) return undefined;
  const personality = personalityOf(name);
  if (personality) return personality;
  const known = Object.keys(personalities).join(', ');
  throw new UsageError(`--personality is one of ${known}; it cannot be "${name}".`);
}

async function readCertificate(
  { cert, key }: Values,
  parts: VerbParts,
): Promise<ServeOptions['certificate']> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError('--cert and --key must be given together.');
  }
  return {
    cert: await readTextFile(localPath(cert, parts)),
    key: await readTextFile(localPath(key, parts)),
  };
}

function cannotServe(error: unknown, { listen }: ServeOptions): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `${listen.host}:${listen.port}`;
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there; every user may from port 1024 on',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  const known = why[String(code)];
  if (known === undefined) return error;
  return new Failure(`${where} cannot be listened on: ${known}.`, { cause: error });
}
