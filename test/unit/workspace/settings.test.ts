import { describe, expect, test } from 'vitest';
import { readSites } from '../../../src/workspace/settings.ts';

const least = { id: 'shop', host: 'ftp.example.com' };

function problemOf(entry: object): string {
  const { sites, problems } = readSites([{ ...least, ...entry }]);
  expect(sites).toEqual([]);
  return problems.join('|');
}

describe('the sites of the settings', () => {
  test('need no more than an id and a host', () => {
    expect(readSites([least])).toEqual({
      problems: [],
      sites: [
        {
          id: 'shop',
          name: 'ftp.example.com',
          host: 'ftp.example.com',
          port: 21,
          security: 'explicit',
          username: undefined,
          account: undefined,
          root: undefined,
          group: undefined,
          color: undefined,
          readOnly: false,
          askPassword: false,
          fingerprints: [],
          mode: 'auto',
          dataPort: 'auto',
          usePassiveAddress: false,
          maxConnections: 8,
          timeout: 30,
          ca: undefined,
          minTlsVersion: 'TLSv1.2',
          clientCertificate: undefined,
          clientKey: undefined,
          proxy: undefined,
          charset: 'auto',
          listing: 'auto',
          skipCommands: [],
          largestFile: 256,
        },
      ],
    });
  });

  test('use port 990 for TLS from the first byte', () => {
    expect(readSites([{ ...least, security: 'implicit' }]).sites[0]?.port).toBe(990);
    expect(readSites([{ ...least, security: 'implicit', port: 21 }]).sites[0]?.port).toBe(21);
  });

  test('take fingerprints as people copy them', () => {
    const digits = 'AB'.repeat(32);
    const colons = Array.from({ length: 32 }, () => 'AB').join(':');
    const { sites } = readSites([{ ...least, fingerprints: [digits, `${colons}\n`] }]);
    expect(sites[0]?.fingerprints).toEqual(['ab'.repeat(32), 'ab'.repeat(32)]);
  });

  test('take an empty user for an anonymous one', () => {
    expect(readSites([{ ...least, username: ' ' }]).sites[0]?.username).toBeUndefined();
  });

  test('read the root as a path', () => {
    expect(readSites([{ ...least, root: '/www//htdocs/' }]).sites[0]?.root).toBe('/www/htdocs');
    expect(readSites([{ ...least, root: '' }]).sites[0]?.root).toBeUndefined();
  });

  test('read commands that are left out as they are said', () => {
    const skipCommands = [' feat', 'MODE'];
    expect(readSites([{ ...least, skipCommands }]).sites[0]?.skipCommands).toEqual([
      'FEAT',
      'MODE',
    ]);
  });

  test('leave out no command that cannot be left out', () => {
    const { sites, problems } = readSites([{ ...least, skipCommands: ['PASS'] }]);
    expect(sites).toEqual([]);
    expect(problems[0]).toContain('is none of the commands that can be left out: FEAT, OPTS');
  });

  test('take an empty proxy and empty paths for none', () => {
    const empty = { proxy: ' ', clientCertificate: '', clientKey: ' ', ca: '' };
    expect(readSites([{ ...least, ...empty }]).sites[0]).toMatchObject({
      proxy: undefined,
      clientCertificate: undefined,
      clientKey: undefined,
      ca: undefined,
    });
  });

  test('survive one that cannot be used', () => {
    const { sites, problems } = readSites([{ id: 'Bad Id', name: 'Mine', host: 'a' }, 7, least]);
    expect(sites.map(({ id }) => id)).toEqual(['shop']);
    expect(problems).toEqual([
      'Site "Mine": "id" may hold only lower case letters, digits and hyphens between them.',
      'Site number 2: it is not an object with the settings of a site.',
    ]);
  });

  test('have one id each', () => {
    const { sites, problems } = readSites([least, { ...least, name: 'Second' }]);
    expect(sites).toHaveLength(1);
    expect(problems).toEqual(['Site "Second": its id "shop" is already in use.']);
  });

  test.each([
    [{ host: '' }, '"host" is empty'],
    [{ host: 'ftp://a' }, '"host" is a host name or an address, and nothing else'],
    [{ port: 70_000 }, '"port" is more than 65535'],
    [{ port: 1.5 }, '"port" is not a whole number'],
    [{ root: 'htdocs' }, '"root" is not an absolute path such as /htdocs'],
    [{ root: '/a/../b' }, '"root" is not an absolute path such as /htdocs'],
    [{ fingerprints: ['ab'] }, '"fingerprints.0" is not a SHA-256 fingerprint of 64 hex digits'],
    [{ timeout: 1 }, '"timeout" is less than 5'],
    [
      { proxy: 'ftp://proxy:21' },
      '"proxy" is not an address such as socks5://host:1080 or http://user@host:3128',
    ],
    [
      { proxy: 'socks5://berta:geheim@proxy:1080' },
      '"proxy" may not hold a password: Portside asks for it and keeps it in the secret storage',
    ],
    [
      { proxy: 'http://proxy:3128', dataPort: 'default' },
      '"dataPort" may only be auto, epsv or pasv with a "proxy": the server cannot connect to this machine through it',
    ],
    [{ clientKey: '/key.pem' }, '"clientKey" needs a "clientCertificate", which is not set'],
    [{ charset: ' ' }, '"charset" is empty'],
  ])('say what is wrong with %j', (entry, sentence) => {
    expect(problemOf(entry)).toBe(`Site number 1: ${sentence}.`);
  });

  test.each([{ security: 'tls' }, { readOnly: 'yes' }, { mode: 1 }, { id: 7 }])(
    'refuse %j by the name of the setting',
    (entry) => {
      expect(problemOf(entry)).toMatch(new RegExp(`"${Object.keys(entry)[0]}"`));
    },
  );

  test('are none when the setting is no list', () => {
    expect(readSites(undefined)).toEqual({ sites: [], problems: [] });
    expect(readSites({})).toEqual({
      sites: [],
      problems: ['portside.sites is not a list of sites.'],
    });
  });
});
