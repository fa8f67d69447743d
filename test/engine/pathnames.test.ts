import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parentOf } from '../../src/base/paths.ts';
import { ReplyError } from '../../src/ftp/errors.ts';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { at, connectEngine, live, readWhole } from '../support/engine.ts';
import type { HostileServer } from '../support/hostileServer.ts';
import { listing, listingServer, type ToldListing } from '../support/listingServer.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';

expectNoUnhandledErrors();

const stream: Rung = { mode: 'stream', dataPort: 'epsv' };
const refusal = '501 Names only';

/** Takes the names of the folder one stands in, and no other; each file's content is its whole path. */
async function namesServer(features: 'MLST' | 'SIZE' = 'MLST') {
  const files = new Set<string>(['/one/a', '/one/b', '/two/a', '/two/b']);
  const folders = ['/', '/one', '/two'];
  let from = '';
  const answer = (line: string, folder: string): string | undefined => {
    const [verb = '', ...rest] = line.split(' ');
    const name = rest.join(' ');
    if (verb === 'FEAT')
      return `211-F\r\n SIZE\r\n MDTM\r\n${features === 'MLST' ? ' MLST type*;size*;modify*;\r\n' : ''}211 End`;
    if (!/^(?:SIZE|MDTM|MLST|DELE|MKD|RMD|RNFR|RNTO)$/.test(verb)) return undefined;
    if (name.includes('/')) return refusal;
    const path = `${folder === '/' ? '' : folder}/${name}`;
    const isThere = files.has(path) || folders.includes(path);
    if (verb === 'MKD') {
      folders.push(path);
      return `257 "${name}"`;
    }
    if (verb === 'RNTO') {
      files.delete(from);
      files.add(path);
      return '250 Done';
    }
    if (!isThere) return '550 Nothing';
    if (verb === 'SIZE') return `213 ${path.length}`;
    if (verb === 'MDTM') return '213 20200101000000';
    if (verb === 'MLST') {
      const what = files.has(path) ? `type=file;size=${path.length}` : 'type=dir';
      return `250-Here\r\n ${what};modify=20200101000000; ${name}\r\n250 End`;
    }
    if (verb === 'RNFR') {
      from = path;
      return '350 Go on';
    }
    files.delete(path);
    if (verb === 'RMD') folders.splice(folders.indexOf(path), 1);
    return '250 Gone';
  };
  const transfer = (line: string, folder: string): ToldListing => {
    const [verb, name = ''] = line.split(' ');
    const path = `${folder === '/' ? '' : folder}/${name}`;
    if (verb === 'STOR' || verb === 'RETR') {
      if (name.includes('/')) return { final: refusal };
      if (verb === 'STOR') {
        files.add(path);
        return { preliminary: '150 Go on', takes: true, final: '226 Stored' };
      }
      return files.has(path) ? listing(path) : { final: '550 Nothing' };
    }
    if (name.includes('/')) return { final: refusal };
    const inside = [...files].filter((file) => parentOf(at(file)) === folder);
    return listing(
      inside
        .map(
          (file) =>
            `type=file;size=${file.length};modify=20200101000000; ${file.split('/').at(-1)}\r\n`,
        )
        .join(''),
    );
  };
  const server = await listingServer({ folders, answer, list: transfer });
  return Object.assign(server, { files, folders });
}

async function connect(server: HostileServer, profile = new ServerProfile([stream])) {
  return await connectEngine(server.port, { security: 'none', profile });
}

const asked = { signal: live };

async function ask(
  told: FtpConnection,
  { path, how }: { path: string; how: string },
): Promise<void> {
  if (how === 'read') {
    const content = Buffer.from(await readWhole(told, path)).toString();
    expect(content).toBe(path);
  } else if (how === 'entry') {
    expect(await told.entry(at(path), asked)).toMatchObject({ size: path.length });
  } else {
    const { entries } = await told.list(parentOf(at(path)), asked);
    expect(entries.map(({ name }) => name)).toEqual(['a', 'b']);
  }
}

describe('a server that takes the names of the folder one stands in alone', () => {
  test.each(['MLST', 'SIZE'] as const)('is asked and told everything so (%s)', async (features) => {
    await using server = await namesServer(features);
    await using connection = await connect(server);
    // Learnt by the first refusal that is an error; of a question a listing tells as well.
    expect(Buffer.from(await readWhole(connection, '/two/a')).toString()).toBe('/two/a');
    expect(await connection.entry(at('/one/a'), asked)).toMatchObject({ name: 'a', size: 6 });
    expect(await connection.size(at('/two/b'), asked)).toBe(6);
    expect(await connection.modified(at('/one/b'), asked)).toEqual(new Date('2020-01-01'));
    await connection.makeDirectory(at('/one/new'), asked);
    expect(server.folders).toContain('/one/new');
    await connection.removeDirectory(at('/one/new'), asked);
    expect(server.folders).not.toContain('/one/new');
    await connection.rename(at('/one/a'), at('/one/c'), asked);
    expect([...server.files]).toContain('/one/c');
    await connection.deleteFile(at('/one/c'), asked);
    await connection.store(at('/two/n'), [Uint8Array.of(1, 2)], asked);
    expect([...server.files].toSorted()).toEqual(['/one/b', '/two/a', '/two/b', '/two/n']);
    const { entries } = await connection.list(at('/two'), asked);
    expect(entries.map(({ name }) => name)).toEqual(['a', 'b', 'n']);
  });

  test('cannot rename from one folder into another, and that is told', async () => {
    await using server = await namesServer();
    await using connection = await connect(server);
    const before = [...server.files];
    const renaming = connection.rename(at('/one/a'), at('/two/c'), asked);
    const outcome = await renaming.then(
      (renamed) => renamed.refusal,
      (error: unknown) => error,
    );
    expect(outcome).toBeInstanceOf(ReplyError);
    expect([...server.files]).toEqual(before);
  });

  test('is asked for a name that is nowhere, and the refusal is told', async () => {
    await using server = await namesServer();
    await using connection = await connect(server);
    expect(await connection.size(at('/one/none'), asked)).toBeUndefined();
    await expect(readWhole(connection, '/none/a')).rejects.toBeInstanceOf(ReplyError);
  });

  test('never gives one folder’s file for another’s, whatever is asked at once', async () => {
    await using server = await namesServer();
    await using connection = await connect(server);
    await readWhole(connection, '/one/a');
    const question = fc.record({
      path: fc.constantFrom('/one/a', '/one/b', '/two/a', '/two/b'),
      how: fc.constantFrom('read', 'entry', 'list'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 2, maxLength: 8 }), async (questions) => {
        await Promise.all(questions.map((one) => ask(connection, one)));
      }),
      { numRuns: 40 },
    );
  });
});
