import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { concatBytes } from '../../src/base/bytes.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { takeFile } from '../support/dialogue.ts';
import { at, live, provedProfile } from '../support/engine.ts';
import { hostileServer } from '../support/hostileServer.ts';
import { openSession } from '../support/session.ts';

const rungs: readonly Rung[] = [
  { mode: 'block', dataPort: 'epsv' },
  { mode: 'stream', dataPort: 'epsv' },
];

/** A server that frames, and does something to what it stores of blocks. */
async function damagingServer(damage: (bytes: Uint8Array) => Uint8Array) {
  const files = new Map<string, Uint8Array>();
  let [mode, from] = ['S', ''];
  // The listing goes to the connection that was agreed on last, which may come after the command.
  let [agreed, listed] = [0, false];
  const connections: Socket[] = [];
  const list = (): void => {
    if (!listed || connections.length < agreed) return;
    listed = false;
    const lines = [...files].map(
      ([path, bytes]) => `-rw-r--r-- 1 u g ${bytes.length} Jan  1 2026 ${path.slice(1)}\r\n`,
    );
    connections.at(-1)?.end(`drwxr-xr-x 2 u g 0 Jan  1 2026 .\r\n${lines.join('')}`);
  };
  let storing: { path: string; control: Socket } | undefined;
  const store = (bytes: Uint8Array): void => {
    if (!storing) return;
    files.set(storing.path, bytes);
    storing.control.write('226 Stored\r\n');
    storing = undefined;
  };
  const size = (path: string): string => {
    const file = files.get(path);
    return file ? `213 ${file.length}\r\n` : '550 Nothing there\r\n';
  };
  const answers: Readonly<Record<string, (argument: string, control: Socket) => string>> = {
    FEAT: () => '211-Here\r\n SIZE\r\n MDTM\r\n211 End\r\n',
    MODE: (wish) => {
      mode = wish;
      return '200 Fine\r\n';
    },
    STOR: (path, control) => {
      storing = { path, control };
      return '150 Send\r\n';
    },
    SIZE: size,
    MDTM: (path) => (files.has(path) ? '213 20260101000000\r\n' : '550 Nothing there\r\n'),
    DELE: (path) => (files.delete(path) ? '250 Gone\r\n' : '550 Nothing there\r\n'),
    RNFR: (path) => {
      from = path;
      return '350 To\r\n';
    },
    RNTO: (path) => {
      const file = files.get(from);
      files.delete(from);
      if (file) files.set(path, file);
      return '250 Done\r\n';
    },
    LIST: () => {
      listed = true;
      list();
      return '150 Here\r\n226 Done\r\n';
    },
    STAT: () => '502 No\r\n',
    SITE: () => '502 No\r\n',
    PWD: () => '257 "/"\r\n',
  };
  const server = await hostileServer({
    answer: (line, control) => {
      const [verb = '', ...rest] = line.split(' ');
      if (verb === 'EPSV') agreed += 1;
      return answers[verb]?.(rest.join(' '), control);
    },
    onData: (data) => {
      let came: Uint8Array = new Uint8Array(0);
      connections.push(data);
      list();
      data.on('error', () => {});
      data.on('data', (chunk: Uint8Array) => {
        came = concatBytes([came, chunk]);
        const file = mode === 'B' ? takeFile(came) : undefined;
        if (!file) return;
        came = came.subarray(file.taken);
        store(damage(file.content));
      });
      data.on('end', () => {
        if (mode === 'S') store(came);
        data.end();
      });
    },
  });
  return { server, files };
}

test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
  ['loses every byte 255', (bytes) => bytes.filter((byte) => byte !== 255)],
  ['loses the last byte', (bytes) => bytes.subarray(0, -1)],
  ['stores nothing', () => new Uint8Array(0)],
])('a save to a server that %s of an upload in blocks arrives whole', async (_what, damage) => {
  const { server, files } = await damagingServer(damage);
  await using _server = server;
  const profile = provedProfile(rungs);
  const engine = { profile, rungs, security: 'none' } as const;
  await using remote = openSession(server.port, engine, { maxConnections: 1 });
  const content = Uint8Array.from({ length: 1_000 }, (_, index) => index & 255);
  for (const path of ['/a', '/b']) {
    const options = { signal: live, create: true, overwrite: true };
    const outcome = await remote.writeFile(at(path), () => [content], options);
    expect(outcome.kind).toBe('written');
    expect(Buffer.from(files.get(path) ?? [])).toEqual(Buffer.from(content));
  }
  expect([...files.keys()].toSorted()).toEqual(['/a', '/b']);
  // It is learnt: one upload went in vain.
  expect(server.said.filter((line) => line.startsWith('STOR'))).toHaveLength(3);
});
