import { describe, expect, test } from 'vitest';
import { ReplyError } from '../../src/ftp/errors.ts';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { ListingWays } from '../../src/ftp/profile/listingWays.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { at, connectEngine, live } from '../support/engine.ts';
import type { HostileServer } from '../support/hostileServer.ts';
import {
  listing,
  type ListingScript,
  listingServer,
  type ToldListing,
} from '../support/listingServer.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';

expectNoUnhandledErrors();

const stream: Rung = { mode: 'stream', dataPort: 'epsv' };
const refused = (reply: string): ToldListing => ({ final: reply });

function knownZone(): ServerProfile {
  const profile = new ServerProfile([stream]);
  for (const day of ['2026-01-15', '2026-03-15', '2026-07-15', '2026-10-15']) {
    profile.zone.see({ at: Date.parse(day), ahead: 0 });
  }
  return profile;
}

async function connect(server: HostileServer, profile = knownZone()): Promise<FtpConnection> {
  return await connectEngine(server.port, { security: 'none', profile });
}

async function names(connection: FtpConnection, folder: string): Promise<string> {
  const { entries, missing } = await connection.list(at(folder), { signal: live });
  const told = entries.map(({ name }) => name).join(' ');
  return missing === undefined ? told : `${told} ...`;
}

function listsSaid({ said }: HostileServer): readonly string[] {
  return said.filter((line) => /^(?:MLSD|LIST)/.test(line));
}

const unix = (...files: readonly string[]): string =>
  files.map((name) => `-rw-r--r-- 1 u g 1 Jan 01 2020 ${name}\r\n`).join('');
const facts = (...files: readonly string[]): string =>
  files.map((name) => `type=file;size=1;modify=20200101000000; ${name}\r\n`).join('');

const script = (mlsd: ToldListing): ListingScript => ({
  folders: ['/', '/d'],
  list: (line: string): ToldListing => (line.startsWith('MLSD') ? mlsd : listing(unix('a', 'b'))),
});

describe.each([451, 450, 500, 501, 502, 504, 550, 553])('MLSD refused by %i', (code) => {
  test.each(['at once', 'behind 150'])('%s: LIST serves', async (when) => {
    const final = `${code} No`;
    const preliminary = when === 'at once' ? undefined : '150 Here';
    await using server = await listingServer(script({ preliminary, data: '', final }));
    const profile = knownZone();
    await using connection = await connect(server, profile);
    expect(await names(connection, '/d')).toBe('a b');
    const first = listsSaid(server).length;
    expect(await names(connection, '/')).toBe('a b');
    // It is learnt, but for what 4yz says of this time alone.
    if (code >= 500) expect(listsSaid(server).slice(first)).toEqual(['LIST -a']);
  });

  test('a folder that is not there is still not there', async () => {
    await using server = await listingServer(script(refused(`${code} No`)));
    await using connection = await connect(server);
    const missing = connection.list(at('/none'), { signal: live });
    await expect(missing).rejects.toSatisfy(
      (error) => error instanceof ReplyError && error.reply.code === 550,
    );
  });
});

test('entries of MLSD and LIST by whole paths are those of the folder', async () => {
  for (const way of ['MLSD', 'LIST']) {
    await using server = await listingServer({
      folders: ['/', '/d'],
      list: (line) =>
        line.startsWith(way)
          ? listing((way === 'MLSD' ? facts : unix)('/d/a', '/d/b'))
          : refused('502 No'),
      answer: (line) =>
        line === 'MLST /d/a'
          ? '250-Here\r\n type=file;size=1;modify=20200101000000; /d/a\r\n250 End'
          : undefined,
    });
    await using connection = await connect(server);
    expect(await names(connection, '/d')).toBe('a b');
  }
});

describe('LIST -a', () => {
  const without = {
    'total 0': listing('total 0\r\n'),
    nothing: listing(''),
    550: refused('550 -a: No such file'),
  };
  test.each(Object.entries(without))('with %s: LIST is asked too', async (_name, all) => {
    await using server = await listingServer({
      folders: ['/', '/d'],
      list: (line) =>
        line === 'LIST -a' ? all : line === 'LIST' ? listing(unix('a')) : refused('502 No'),
    });
    await using connection = await connect(server);
    expect(await names(connection, '/d')).toBe('a');
    expect(await names(connection, '/')).toBe('a');
    expect(listsSaid(server).slice(-1)).toEqual(['LIST']);
    expect(listsSaid(server).filter((line) => line === 'LIST -a')).toHaveLength(1);
  });

  test('that lacks the "." which earlier ones had is no whole listing', async () => {
    const own = 'drwxr-xr-x 2 u g 1 Jan 01 2020 .\r\n';
    await using server = await listingServer({
      folders: ['/', '/d'],
      list: (line, folder) => {
        if (line.startsWith('MLSD')) return refused('502 No');
        return listing(folder === '/' ? own + unix('a') : '');
      },
    });
    await using connection = await connect(server);
    expect(await names(connection, '/')).toBe('a');
    expect(await names(connection, '/d')).toBe(' ...');
  });
});

describe('an empty folder', () => {
  const empties: Readonly<Record<string, ToldListing>> = {
    '450': refused('450 No files found'),
    '550': refused('550 No files found'),
    '550 behind 150': { preliminary: '150 Here', data: '', final: '550 No files found.' },
    '226 without 150': refused('226 Nothing to list'),
    '226 and the data connection open': {
      preliminary: '150 Here',
      staysOpen: true,
      final: '226 Done',
    },
    '226 without 150 and the data connection open': { staysOpen: true, final: '226 Done' },
  };
  test.each(Object.entries(empties))('is told by %s', { timeout: 20_000 }, async (_name, told) => {
    await using server = await listingServer({
      folders: ['/', '/d'],
      list: (line, folder) => {
        if (line.startsWith('MLSD')) return refused('502 No');
        return folder === '/d' ? told : listing(unix('a'));
      },
    });
    await using connection = await connect(server);
    const since = performance.now();
    expect(await names(connection, '/d')).toBe('');
    expect(await names(connection, '/')).toBe('a');
    expect(performance.now() - since).toBeLessThan(8_000);
  });
});

describe('a listing that is cut and confirmed', () => {
  const mlsd = 'type=cdir;modify=20200101000000; /d\r\n' + facts('a', 'b');
  const list = unix('a', 'b');
  test.each([
    ['MLSD', mlsd],
    ['LIST', list],
  ])(
    '%s, at every byte: asked for again, and told as a part',
    { timeout: 60_000 },
    async (way, whole) => {
      let cut = '';
      await using server = await listingServer({
        folders: ['/', '/d'],
        list: (line, folder) => {
          if (!line.startsWith(way)) return refused('502 No');
          return listing(folder === '/d' || line.endsWith('/d') ? cut : unix('x'));
        },
        answer: (line) => (line.startsWith('FEAT') && way === 'LIST' ? '502 No' : undefined),
      });
      const profile = knownZone();
      await using connection = await connect(server, profile);
      cut = whole;
      expect(await names(connection, '/d')).toBe('a b');
      for (let length = 1; length < whole.length; length++) {
        cut = whole.slice(0, length);
        const asked = listsSaid(server).length;
        const told = await names(connection, '/d');
        // Between two lines nothing shows: there the data connection's own end has to tell.
        if (cut.endsWith('\n')) continue;
        expect({ length, told }).toEqual({ length, told: expect.stringMatching(/ \.\.\.$/) });
        // LIST -a that shows no name is followed by LIST.
        expect([2, 4]).toContain(listsSaid(server).length - asked);
      }
      cut = whole;
      expect(await names(connection, '/d')).toBe('a b');
    },
  );

  test('a server that ends no last line is believed when it says the same twice', async () => {
    await using server = await listingServer({
      folders: ['/', '/d'],
      list: () => listing(facts('a', 'b').slice(0, -2)),
    });
    await using connection = await connect(server);
    expect(await names(connection, '/')).toBe('a b');
    const asked = listsSaid(server).length;
    expect(asked).toBe(2);
    expect(await names(connection, '/')).toBe('a b');
    expect(listsSaid(server)).toHaveLength(3);
  });
});

describe('what is learnt of MLSD', () => {
  test('that it is said inside is unlearnt when it is refused there', async () => {
    let isInside = true;
    await using server = await listingServer({
      folders: ['/', '/d', '/e'],
      list: (line) => {
        if (!line.startsWith('MLSD')) return refused('502 No');
        return (line === 'MLSD') === isInside ? listing(facts('a')) : refused('501 No');
      },
      answer: (line) =>
        /^MLST \/[de]\/a$/.test(line)
          ? `250-Here\r\n type=file;size=1;modify=20200101000000; ${line.slice(5)}\r\n250 End`
          : undefined,
    });
    const profile = knownZone();
    await using connection = await connect(server, profile);
    expect(await names(connection, '/d')).toBe('a');
    expect(new ListingWays(profile.ways.remember()).mlsd).toBe('inside');
    isInside = false;
    expect(await names(connection, '/e')).toBe('a');
    expect(profile.ways.mlsd).toBe('path');
    expect(profile.ways.remember()).toBeUndefined();
  });

  test('one folder that refuses it where it has served proves nothing for others', async () => {
    await using server = await listingServer({
      folders: ['/', '/d', '/e'],
      list: (line, folder) => {
        if (line.startsWith('LIST')) return listing(unix('b'));
        return line === 'MLSD /e' || (line === 'MLSD' && folder === '/e')
          ? refused('550 No')
          : listing(facts('a'));
      },
      answer: (line) =>
        line === 'MLST /d/a'
          ? '250-Here\r\n type=file;size=1;modify=20200101000000; /d/a\r\n250 End'
          : undefined,
    });
    const profile = knownZone();
    await using connection = await connect(server, profile);
    expect(await names(connection, '/d')).toBe('a');
    expect(await names(connection, '/e')).toBe('b');
    expect(await names(connection, '/d')).toBe('a');
    expect(profile.ways.mlsd).toBe('path');
  });
});
