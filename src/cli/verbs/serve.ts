import { defaultMemoryLimits } from '../../server/folder/memoryFile.ts';
import { personalities, personalityOf } from '../../server/personality.ts';
import { serveFolder, type ServeOptions } from '../../server/serveFolder.ts';
import type { ServerLimits } from '../../server/limits.ts';
import { type Arguments, oneOf, parseArguments } from '../arguments.ts';
import { Failure } from '../failure.ts';
import { localPath } from '../localPath.ts';
import { kindOf, readTextFile } from '../nodeFiles.ts';
import { wrongCall } from '../positionals.ts';
import { addressInBrackets } from '../remoteAddress.ts';
import { askPassword } from '../site.ts';
import { stateFolder } from '../stateFolder.ts';
import type { Surroundings } from '../surroundings.ts';
import { terminalLogger } from '../terminalLogger.ts';
import { UsageError } from '../usageError.ts';
import type { Verb } from '../verb.ts';

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

// Not 21: ports below 1024 belong to the administrator on most systems. The data port is one below.
const defaultListenPort = 2121;

/** Runs the embedded server until it is interrupted. */
export const serve: Verb = {
  usage:
    'serve --root DIR | --memory [--listen HOST:PORT] [--tls explicit|implicit|none] ' +
    '[--cert FILE --key FILE] [--user NAME] [--anonymous] [--read-only] [--default-port-only] ' +
    '[--data-session required|any] [--max-connections N] [--max-per-address N] ' +
    '[--login-timeout SECONDS] [--memory-limit MIB] ' +
    `[--personality ${Object.keys(personalities).join('|')}]`,
  summary: 'be an FTP server',
  run: async (args, surroundings, signal) => {
    const { values, positionals } = parseArguments(args, options);
    if (positionals.length > 0) throw wrongCall(serve.usage);
    const { terminal } = surroundings;
    const asked = await serveOptions(values, surroundings, signal);
    // Lines are handed over in their order; nobody can wait for them in between.
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
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ServeOptions> {
  const { clock, terminal } = surroundings;
  const tls = oneOf('tls', values.tls, ['explicit', 'implicit', 'none'] as const) ?? 'explicit';
  const anonymous = values.anonymous ?? false;
  if (values.user === undefined && !anonymous) {
    throw new UsageError('Say who may log in: --user NAME, --anonymous, or both.');
  }
  const listen = readListen(values.listen ?? '');
  const personality = readPersonality(values.personality);
  const certificate = await readCertificate(values, surroundings);
  return {
    folder: await readFolder(values, surroundings),
    listen,
    tls,
    stateFolder: stateFolder(surroundings),
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
      user: { name: values.user, password: await readPassword(values.user, surroundings, signal) },
    }),
  };
}

async function readPassword(
  user: string,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<string> {
  const password = await askPassword(user, surroundings, signal);
  if (password !== '') return password;
  throw new UsageError(
    `The password of ${user} is empty, which would let everybody in. Set PORTSIDE_PASSWORD, or say --anonymous.`,
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
  surroundings: Surroundings,
): Promise<ServeOptions['folder']> {
  const mebibytes = readCount('memory-limit', limit);
  if ((root === undefined) === !memory) {
    throw new UsageError('Say what is served: --root DIR or --memory.');
  }
  if (root === undefined) {
    if (mebibytes === undefined) return { kind: 'memory' };
    const limits = { ...defaultMemoryLimits, bytes: mebibytes * 1024 * 1024 };
    return { kind: 'memory', limits };
  }
  if (mebibytes !== undefined) throw new UsageError('--memory-limit belongs to --memory.');
  const path = localPath(root, surroundings);
  if ((await kindOf(path)) === 'folder') return { kind: 'disk', root: path };
  throw new Failure(`${path} is no folder that could be served.`);
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
  surroundings: Surroundings,
): Promise<ServeOptions['certificate']> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError('--cert and --key belong together.');
  }
  return {
    cert: await readTextFile(localPath(cert, surroundings)),
    key: await readTextFile(localPath(key, surroundings)),
  };
}

function cannotServe(error: unknown, { listen }: ServeOptions): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `${listen.host}:${listen.port}`;
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there; ports from 1024 on are free for all',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  const known = why[String(code)];
  if (known === undefined) return error;
  return new Failure(`${where} cannot be listened on: ${known}.`, { cause: error });
}
