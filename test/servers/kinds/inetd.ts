import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from '../support/sandbox.ts';
import type { Place } from '../support/sandboxedServer.ts';

/** The package with the daemon that accepts connections for servers that talk to one client each. */
export const inetdPackage = 'openbsd-inetd';

// Of sessions in a minute; what it counts as an attack by itself is less than a suite needs.
const sessionsAMinute = 10_000;

/** Listens for a server that is started anew for each client, the connection its input and output. */
export async function inetdFor(
  { sandbox, address, port, packages, environment }: Place,
  program: string,
  args: readonly string[],
): Promise<Program> {
  const path = join(packages.root, program);
  const configuration = join(sandbox.folder, 'inetd.conf');
  const service = `${address}:${port} stream tcp nowait.${sessionsAMinute} root /usr/bin/env env`;
  // It hands on nothing of its own environment.
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  await writeFile(configuration, `${[service, ...variables, path, ...args].join(' ')}\n`);
  return { program: join(packages.root, 'usr/sbin/inetd'), args: ['-i', configuration] };
}
