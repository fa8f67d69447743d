import { beforeEach, describe, expect, test } from 'vitest';
import { ConnectionError } from '../../../../src/ftp/errors.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import { Passwords } from '../../../../src/workspace/sites/passwords.ts';
import { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { loginSources, SiteLogin } from '../../../../src/workspace/sites/siteLogin.ts';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import { world } from '../../../support/vscode.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { calm, openFake, path } from '../../session/fakeSession.ts';
import { FakeSecrets } from '../fakeSecrets.ts';
import { ScriptedUser } from '../scriptedUser.ts';

class World implements AsyncDisposable {
  readonly server = new FakeServer().file('/a.txt', 'one');
  readonly user = new ScriptedUser();
  readonly store = new SiteStore();
  readonly activity = new Activity(this.server.clock);
  fail: Error | undefined;
  opened = 0;
  readonly connections = new SiteConnections(
    this.store,
    new SiteLogin(
      loginSources(this.store),
      new Passwords(new FakeSecrets(), this.user),
      this.user,
      async (_site, _options, _credentials, signal) => {
        if (this.fail) throw this.fail;
        return this.server.connect(signal);
      },
    ),
    this.activity,
    (_site, connect) => {
      this.opened++;
      return openFake(this.server, { connect });
    },
  );

  read(): Promise<unknown> {
    return this.connections.files('shop').readFile(path('/a.txt'), calm());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connections[Symbol.asyncDispose]();
    this.store[Symbol.dispose]();
  }
}

beforeEach(() => {
  world.settings.set('portside.sites', [{ id: 'shop', host: 'a.example.com' }]);
});

describe('a site', () => {
  test('is connected by the first thing that is asked of it, and not before', async () => {
    await using own = new World();
    own.connections.files('shop');
    expect(own.connections.state('shop')).toEqual({ kind: 'disconnected' });
    expect(own.server.logins).toBe(0);
    await own.read();
    expect(own.connections.state('shop')).toMatchObject({ kind: 'connected' });
  });

  test('passes through its states', async () => {
    await using own = new World();
    const kinds: string[] = [];
    own.connections.onDidChange((siteId) => kinds.push(own.connections.state(siteId).kind));
    await own.connections.connect('shop');
    await own.connections.disconnect('shop');
    expect([...new Set(kinds)]).toEqual(['connecting', 'connected', 'disconnected']);
  });

  test('has one file system, until its server is another', async () => {
    await using own = new World();
    const files = own.connections.files('shop');
    await own.store.edit('shop', { name: 'New', fingerprints: ['ab'.repeat(32)] });
    expect(own.connections.files('shop')).toBe(files);
    await own.store.edit('shop', { host: 'b.example.com' });
    expect(own.connections.files('shop')).not.toBe(files);
    expect(own.opened).toBe(2);
  });

  test('that cannot be reached says why, and is tried again when it is next needed', async () => {
    await using own = new World();
    own.fail = new ConnectionError('control', 'Nobody is there\u001b[0m');
    const error = await own.read().catch((thrown: unknown) => thrown);
    expect(own.connections.isLoginFailure(error)).toBe(true);
    expect(own.connections.isLoginFailure(new Error('Nobody is there'))).toBe(false);
    expect(own.connections.state('shop')).toEqual({
      kind: 'failed',
      why: 'unreachable',
      reason: 'Nobody is there\\x1b[0m',
    });
    own.fail = undefined;
    await own.read();
    expect(own.connections.state('shop').kind).toBe('connected');
  });

  test('is not called unreachable for want of one file', async () => {
    await using own = new World();
    const files = own.connections.files('shop');
    const error = await files.readFile(path('/gone'), calm()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(own.connections.isLoginFailure(error)).toBe(false);
    expect(own.connections.state('shop').kind).toBe('connected');
  });

  test('is closed when it is disconnected, and connected again when it is needed', async () => {
    await using own = new World();
    await own.read();
    await own.connections.disconnect('shop');
    expect(own.server.connections.size).toBe(0);
    await own.read();
    expect(own.server.logins).toBe(2);
  });

  test('ends what runs when it is disconnected', async () => {
    await using own = new World();
    const { promise, resolve } = Promise.withResolvers<void>();
    own.server.gate = () => promise;
    const files = own.connections.files('shop');
    const read = own.activity.run('shop', 'transfer', (options) =>
      files.readFile(path('/a.txt'), options),
    );
    const ended = expect(read).rejects.toThrow('cancelled');
    await own.connections.disconnect('shop');
    await ended;
    resolve();
  });

  test('that is removed from the settings is closed', async () => {
    await using own = new World();
    await own.read();
    await own.store.remove('shop');
    expect(own.connections.state('shop')).toEqual({ kind: 'disconnected' });
    expect(() => own.connections.files('shop')).toThrow('no site');
  });

  test('tells what changed on it', async () => {
    await using own = new World();
    const heard: string[] = [];
    own.connections.onDidChangeFiles(({ siteId, changes }) =>
      heard.push(...changes.map(({ type, path: changed }) => `${siteId} ${type} ${changed}`)),
    );
    const files = own.connections.files('shop');
    await files.delete(path('/a.txt'), { ...calm(), recursive: false });
    expect(heard).toEqual(['shop deleted /a.txt']);
  });
});
