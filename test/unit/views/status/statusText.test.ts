import { describe, expect, test } from 'vitest';
import { formatsOf } from '../../../../src/views/formats.ts';
import {
  hostBeside,
  stateText,
  type Status,
  statusText,
} from '../../../../src/views/status/statusText.ts';
import { someSite } from '../../workspace/someSite.ts';

const rung = 'block mode · default data port · TLS 1.3';
const idle: Status = {
  sites: [],
  activity: { transfers: 0, rate: 0 },
  uploads: { waiting: 0, running: 0, failed: 0 },
  troubles: [],
};
const connected: Status = {
  ...idle,
  sites: [
    {
      site: someSite(),
      state: { kind: 'connected', session: { connections: 2, busy: 1, rung } },
    },
  ],
};

const said = (status: Status): ReturnType<typeof statusText> => statusText(status, formatsOf('en'));

describe('the status bar', () => {
  test('is silent while nothing is connected and nothing waits', () => {
    expect(said(idle)).toBeUndefined();
  });

  test('names the site, and in full how it is reached', () => {
    expect(said(connected)).toEqual({
      text: '$(vm-active) Shop',
      lines: ['Shop: connected', rung, '2 connections, 1 busy'],
      tone: 'usual',
    });
  });

  test('says of a site without a connection that it needs none', () => {
    const state = { kind: 'connected', session: { connections: 0, busy: 0, rung } } as const;
    expect(said({ ...idle, sites: [{ site: someSite(), state }] })?.lines).toEqual([
      'Shop: idle, connects again when needed',
      rung,
    ]);
  });

  test.each([
    ['unreachable', 'not reachable'],
    ['refused', 'not logged in'],
    ['untrusted', 'certificate not trusted'],
  ] as const)('says what failed: %s', (why, words) => {
    expect(stateText({ kind: 'failed', why, reason: 'No' })).toBe(words);
  });

  test('names a host only beside another name', () => {
    expect(hostBeside(someSite({ name: 'Shop', host: '127.0.0.1' }))).toBe('127.0.0.1');
    expect(hostBeside(someSite({ name: '127.0.0.1', host: '127.0.0.1' }))).toBe('');
  });

  test('counts sites where there are several', () => {
    const [first] = connected.sites;
    const sites = first ? [first, { ...first, site: someSite({ id: 'b', name: 'Blog' }) }] : [];
    expect(said({ ...connected, sites })?.text).toBe('$(vm-active) 2 sites');
  });

  test('says that it connects', () => {
    const sites = [{ site: someSite(), state: { kind: 'connecting' } as const }];
    expect(said({ ...idle, sites, activity: { transfers: 9, rate: 0 } })).toMatchObject({
      text: '$(loading~spin) Connecting',
      lines: ['Shop: connecting', '9 files in transfer'],
    });
  });

  test('counts what moves, and how fast', () => {
    const status = said({ ...connected, activity: { transfers: 3, rate: 1024 * 1024 } });
    expect(status?.text).toBe('$(sync~spin) 3 · 1 MB/s');
    expect(status?.lines).toContain('3 files in transfer · 1 MB/s');
  });

  test('shows failed uploads before anything else', () => {
    const uploads = { waiting: 2, running: 0, failed: 1 };
    const status = said({ ...connected, uploads });
    expect(status).toMatchObject({ text: '$(warning) 1 upload failed', tone: 'warning' });
    expect(status?.lines).toEqual(expect.arrayContaining(['2 uploads waiting', '1 upload failed']));
  });

  test('says as long as it is so that saved files do not go up, and why', () => {
    const status = said({ ...idle, troubles: ['portside.sync: nothing is uploaded.'] });
    expect(status).toEqual({
      text: '$(warning) Sync on save is not working',
      lines: ['portside.sync: nothing is uploaded.'],
      tone: 'warning',
    });
  });

  test('draws no icon that a name asks for, and obeys no control character', () => {
    const site = someSite({ name: '$(trash)\u202eevil' });
    const [first] = connected.sites;
    const sites = first ? [{ ...first, site }] : [];
    expect(said({ ...connected, sites })?.text).toBe('$(vm-active) \\$(trash)\\u202eevil');
  });
});
