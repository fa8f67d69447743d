import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSites, readSyncMapping } from '../../../src/workspace/settings.ts';

// What package.json promises and what the code does are two texts: here they are one.

const read = (name: string): string =>
  readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

interface Property {
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly items?: Schema;
}
interface Schema {
  readonly properties: Readonly<Record<string, Property>>;
}
interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: readonly Schema[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly keybindings: readonly { readonly command: string }[];
  };
}

const manifestText = read('package.json');
const manifest = JSON.parse(manifestText) as Manifest;
const { commands, configuration, menus, keybindings } = manifest.contributes;
const settings = configuration.flatMap(({ properties }) => Object.entries(properties));
const sitesSchema = settings.find(([name]) => name === 'portside.sites')?.[1].items;
const properties = Object.entries(sitesSchema?.properties ?? {});

describe('commands', () => {
  const table = read('src/views/commands.ts');
  const contributed = commands.map(({ command }) => command.replace('portside.', ''));

  test('are contributed as they stand in the table, and no other', () => {
    const start = table.indexOf('return {');
    const body = table.slice(start, table.indexOf('\n  };', start));
    const names = [...body.matchAll(/^ {4}(\w+)[:,]/gm)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(contributed));
    expect(names.length).toBeGreaterThan(10);
  });

  test('of menus and keys exist', () => {
    const used = [...Object.values(menus).flat(), ...keybindings].map(({ command }) =>
      command.replace('portside.', ''),
    );
    expect(used.filter((name) => !contributed.includes(name))).toEqual([]);
  });

  test('that the code itself calls exist', () => {
    const sources = ['sites/sitesView', 'status/statusBar'].map((name) =>
      read(`src/views/${name}.ts`),
    );
    const called = sources.flatMap((source) => [
      ...source.matchAll(/(?:command: '|command:|command = ')portside\.(\w+)/g),
    ]);
    expect(called.length).toBeGreaterThan(2);
    expect(
      called.map(([, name]) => name).filter((name) => !contributed.includes(name ?? '')),
    ).toEqual([]);
  });
});

describe('words of the manifest', () => {
  const words = Object.keys(JSON.parse(read('package.nls.json')) as object);

  test('are all there, and all used', () => {
    const used = [...manifestText.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    expect(new Set(used)).toEqual(new Set(words));
  });
});

describe('the words of the views', () => {
  test('can all be translated', () => {
    const files = ['messages', 'doctor/doctorMessages', 'files/listingMessages'];
    const source = files.map((name) => read(`src/views/${name}.ts`)).join('');
    const literals = [...source.matchAll(/l10n\.t\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g)];
    expect(literals).toHaveLength(source.split('l10n.t(').length - 1);
    const spoken = literals.map(([, literal = "''"]) => unquoted(literal));
    const bundle = JSON.parse(read('l10n/bundle.l10n.json')) as Record<string, string>;
    expect(Object.keys(bundle).toSorted()).toEqual([...new Set(spoken)].toSorted());
  });
});

function unquoted(literal: string): string {
  return literal
    .slice(1, -1)
    .replaceAll('\\n', '\n')
    .replaceAll(/\\(['"])/g, '$1');
}

describe('the settings of a site', () => {
  const least = { id: 'shop', host: 'a' };

  test('are described as they are read, each of them and no other', () => {
    const [site] = readSites([least]).sites;
    expect(properties.map(([name]) => name).toSorted()).toEqual(Object.keys(site ?? {}).toSorted());
  });

  test.each(properties.filter(([, property]) => property.default !== undefined))(
    '%s has the default that it is said to have',
    (name, property) => {
      const site: unknown = readSites([least]).sites[0];
      expect((site as Record<string, unknown>)[name]).toEqual(property.default);
    },
  );

  test.each(
    properties.flatMap(([name, { enum: values = [] }]) => values.map((one) => [name, one])),
  )('%s may be %s', (name = '', value) => {
    expect(readSites([{ ...least, [name]: value }]).problems).toEqual([]);
  });
});

test.each([
  'socks5://proxy',
  'socks5://proxy:1080',
  'http://berta@proxy.example.com:3128/',
  'http://[::1]:3128',
  'SOCKS5://proxy',
  'socks5://berta:geheim@proxy',
  'http://',
  'https://proxy',
  'proxy:1080',
  '',
])('the address of a proxy is looked at alike by editor and code: %j', (proxy) => {
  const pattern = properties.find(([name]) => name === 'proxy')?.[1].pattern ?? '-';
  const { problems } = readSites([{ id: 'shop', host: 'a', proxy }]);
  expect(new RegExp(pattern, 'u').test(proxy)).toBe(problems.length === 0);
});

test('the mapping of a folder has the defaults that it is said to have', () => {
  const schema = settings.find(([name]) => name === 'portside.sync')?.[1] as unknown as Schema;
  const mapping = readSyncMapping({ site: 'a', remotePath: '/' });
  expect(mapping).toMatchObject({
    exclude: schema.properties['exclude']?.default,
    useIgnoreFiles: schema.properties['useIgnoreFiles']?.default,
  });
});
