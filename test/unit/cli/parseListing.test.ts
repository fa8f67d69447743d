import { expect, test } from 'vitest';
import { runCli } from './cliRun.ts';

const atNoon = ['--now', '2026-11-22T12:00:00Z'];

async function parsed(input: string | Uint8Array, ...args: readonly string[]): Promise<unknown> {
  const { code, output, told } = await runCli(['parse-listing', ...args], { input });
  expect([code, told]).toEqual([0, []]);
  return JSON.parse(output.toString());
}

test('a Unix listing becomes JSON', async () => {
  const listing = [
    'total 12',
    'drwxr-xr-x    2 0        0            4096 Nov 22 10:00 .',
    'drwxr-xr-x    2 0        0            4096 Nov 22 10:00 ..',
    '-rw-r-----    1 anna     www           340 Nov 22 10:00 a b.txt',
    'lrwxrwxrwx    1 anna     www             4 Jan 31  2024 link -> ../x',
    'brw-rw----    1 root     disk       8,   0 Nov 22 10:00 sda',
    'something else',
  ].join('\r\n');
  expect(await parsed(listing, ...atNoon)).toEqual({
    format: 'unix',
    entries: [
      {
        name: 'a b.txt',
        type: 'file',
        size: 340,
        modified: '2026-11-22T10:00:00.000Z',
        precision: 'minute',
        permissions: '0640',
      },
      {
        name: 'link',
        type: 'symlink',
        size: 4,
        modified: '2024-01-31T00:00:00.000Z',
        precision: 'day',
        target: '../x',
        permissions: '0777',
      },
      {
        name: 'sda',
        type: 'other',
        size: null,
        modified: '2026-11-22T10:00:00.000Z',
        precision: 'minute',
        permissions: '0660',
      },
    ],
    unreadable: [{ line: 7, text: 'something else' }],
  });
});

test('a DOS listing is read in the zone that is named, summer time and all', async () => {
  const listing =
    '07-01-26  12:00PM       <DIR>          summer\r\n01-01-26  12:00PM  7 winter\r\n';
  expect(await parsed(listing, ...atNoon, '--zone', 'Europe/Berlin')).toMatchObject({
    format: 'dos',
    entries: [
      { name: 'summer', type: 'directory', size: null, modified: '2026-07-01T10:00:00.000Z' },
      { name: 'winter', type: 'file', size: 7, modified: '2026-01-01T11:00:00.000Z' },
    ],
  });
});

test('minutes may be negative, and MLSD is UTC whatever the zone', async () => {
  const unix = '-rw-r--r--    1 a     b      1 Nov 22 01:00 x';
  expect(await parsed(unix, ...atNoon, '--zone', '-300')).toMatchObject({
    entries: [{ modified: '2026-11-22T06:00:00.000Z' }],
  });
  const mlsd = 'type=file;size=1;modify=20261122010000;perm=r; x\r\ntype=dir; y\r\n';
  expect(await parsed(mlsd, ...atNoon, '--zone', '-300')).toMatchObject({
    format: 'mlsd',
    entries: [
      { modified: '2026-11-22T01:00:00.000Z', precision: 'second', permissions: 'r' },
      { name: 'y', type: 'directory', modified: null, size: null },
    ],
  });
});

test('a line that tells its own zone is read in that one, whatever stands beside it', async () => {
  const full = '-rw-r--r-- 1 a b 1 2026-07-22 16:23:45.123456789 +0530 full';
  const short = '-rw-r--r-- 1 a b 1 2026-07-22 16:23 short';
  const facts = 'type=file;modify=20260722162305; facts';
  await expect(
    parsed([full, short, facts].join('\n'), ...atNoon, '--zone', 'Europe/Berlin'),
  ).resolves.toMatchObject({
    format: 'unix',
    entries: [
      { name: 'full', modified: '2026-07-22T10:53:45.123Z', precision: 'second' },
      { name: 'short', modified: '2026-07-22T14:23:00.000Z', precision: 'minute' },
      { name: 'facts', modified: '2026-07-22T16:23:05.000Z', precision: 'second' },
    ],
    unreadable: [],
  });
});

test('a date without a year is judged by the clock of the server', async () => {
  const listing = '-rw-r--r--    1 a     b      1 Jan 02 03:00 x';
  expect(await parsed(listing, '--now', '2026-01-02T12:00:00Z')).toMatchObject({
    entries: [{ modified: '2026-01-02T03:00:00.000Z' }],
  });
  expect(await parsed(listing, '--now', '2026-01-01T00:00:00Z')).toMatchObject({
    entries: [{ modified: '2025-01-02T03:00:00.000Z' }],
  });
  // In Auckland it is already the afternoon of the first: the second is less than a day away.
  expect(
    await parsed(listing, '--now', '2026-01-01T00:00:00+00:00', '--zone', 'Pacific/Auckland'),
  ).toMatchObject({ entries: [{ modified: '2026-01-01T14:00:00.000Z' }] });
});

test('names are decoded in the charset, and shown without power over a terminal', async () => {
  const listing = Buffer.concat([
    Buffer.from('type=file;size=1; '),
    Buffer.of(0xe4, 0x9b),
    Buffer.from('\r\n'),
  ]);
  const { output } = await runCli(['parse-listing', '--charset', 'latin1'], { input: listing });
  expect(output.toString()).toContain('"ä\\u009b"');
  expect(JSON.parse(output.toString())).toMatchObject({ entries: [{ name: 'ä\u009b' }] });
});

test('what is no listing, and nothing at all, are answers too', async () => {
  expect(await parsed('')).toEqual({ format: 'unknown', entries: [], unreadable: [] });
  expect(await parsed('<html>\n</html>\n')).toMatchObject({
    format: 'unknown',
    unreadable: [
      { line: 1, text: '<html>' },
      { line: 2, text: '</html>' },
    ],
  });
});

test.each([
  ['--zone', 'Mars/Base'],
  ['--zone', '1000'],
  ['--zone', ''],
  ['--now', 'yesterday'],
  ['--now', '2026-13-01T00:00:00Z'],
  ['--charset', 'ebcdic'],
  ['file.txt'],
])('%s %s is a usage error', async (...args) => {
  expect((await runCli(['parse-listing', ...args])).code).toBe(2);
});
