import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ConnectionError,
  type FtpError,
  LoginError,
  TlsError,
} from '../../../../src/ftp/errors.ts';
import { UploadQueue } from '../../../../src/sync/uploadQueue.ts';
import { SiteNotices } from '../../../../src/views/sites/siteNotices.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import { Passwords } from '../../../../src/workspace/sites/passwords.ts';
import { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { loginSources, SiteLogin } from '../../../../src/workspace/sites/siteLogin.ts';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import type { SavedFile } from '../../../../src/workspace/sync/savedFile.ts';
import { world } from '../../../support/vscode.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { openFake } from '../../session/fakeSession.ts';
import { FakeSecrets } from '../../workspace/fakeSecrets.ts';
import { ScriptedUser } from '../../workspace/scriptedUser.ts';

const window = vi.hoisted(() => ({ notices: [] as (readonly string[])[] }));

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  window: {
    showErrorMessage: (...words: readonly string[]) => {
      window.notices.push(words);
      return new Promise(() => {});
    },
  },
}));

const refused = new LoginError('password', {
  code: 530,
  replyClass: 'permanentNegative',
  lines: ['Login incorrect'],
});

beforeEach(() => {
  window.notices = [];
  world.settings.set('portside.sites', [{ id: 'shop', name: 'Shop', host: 'a.example.com' }]);
});

const nothing = (): void => {};

async function noticesOf(failure: FtpError): Promise<readonly (readonly string[])[]> {
  const server = new FakeServer();
  const store = new SiteStore();
  const user = new ScriptedUser();
  const passwords = new Passwords(new FakeSecrets(), user);
  const login = new SiteLogin(loginSources(store), passwords, user, () => Promise.reject(failure));
  await using connections = new SiteConnections(
    store,
    login,
    new Activity(server.clock),
    (_site, connect) => openFake(server, { connect }),
  );
  const uploads = new UploadQueue<SavedFile>(async () => {});
  const parts = {
    store,
    connections,
    uploads,
    showLog: nothing,
    diagnose: nothing,
    onError: nothing,
  };
  const notices = new SiteNotices(parts);
  await connections.connect('shop').catch(nothing);
  notices.dispose();
  return window.notices;
}

describe('a login that fails', () => {
  test('of the password says so, and offers to enter another', async () => {
    expect(await noticesOf(refused)).toEqual([
      [
        'Shop: The server refused the login: 530 Login incorrect',
        'Enter Password…',
        'Find Out Why…',
        'Show Log',
      ],
    ]);
  });

  test.each([
    new ConnectionError('control', 'No connection to a.example.com:21'),
    new TlsError('untrusted', 'The certificate is not trusted'),
  ])('of something else offers to connect again: $name', async (error) => {
    const [notice] = await noticesOf(error);
    expect(notice?.slice(1)).toEqual(['Connect Again', 'Find Out Why…', 'Show Log']);
  });
});
