import { describe, expect, test } from 'vitest';
import { ConnectionError, LoginError, ProxyFailure, TlsError } from '../../../../src/ftp/errors.ts';
import type { Credentials, FtpConnectOptions } from '../../../../src/ftp/options.ts';
import { type LogLines, outputLogger } from '../../../../src/workspace/hostDoors.ts';
import { Passwords } from '../../../../src/workspace/sites/passwords.ts';
import type { Site } from '../../../../src/workspace/sites/site.ts';
import { loginSources, SiteLogin } from '../../../../src/workspace/sites/siteLogin.ts';
import { SiteStore } from '../../../../src/workspace/sites/siteStore.ts';
import { world } from '../../../support/vscode.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { FakeSecrets } from '../fakeSecrets.ts';
import { ScriptedUser } from '../scriptedUser.ts';
import { someSite } from '../someSite.ts';

const fingerprint = 'ab'.repeat(32);
const certificate = {
  subject: 'CN=ftp.example.com',
  issuer: 'CN=ftp.example.com',
  validFrom: 'Jan  1 00:00:00 2026 GMT',
  validTo: 'Jan  1 00:00:00 2036 GMT',
  fingerprint,
};
const signal = new AbortController().signal;

const untrusted = (): TlsError =>
  new TlsError('untrusted', 'The certificate is not trusted', { certificate });

function refused(code: number): LoginError {
  const replyClass = code < 500 ? 'transientNegative' : 'permanentNegative';
  return new LoginError('password', { code, replyClass, lines: ['No'] });
}

const wrongPassphrase = (): TlsError =>
  new TlsError('clientCertificate', 'The passphrase does not open the key', {
    problem: 'passphrase',
  });

const refusedByProxy = (): ConnectionError =>
  new ConnectionError('control', 'No connection', { cause: new ProxyFailure('login', 'no') });

class FakeLog implements LogLines {
  readonly warnings: string[] = [];
  debug = (): void => {};
  info = (): void => {};
  error = (): void => {};
  warn = (line: string): void => void this.warnings.push(line);
}

/** One site, its user and its server; the server answers each login as `greet` says. */
class World {
  site: Site = someSite({ username: 'anna' });
  readonly user = new ScriptedUser();
  files: Readonly<Record<string, string>> = {
    '/ca.pem': '-----BEGIN CERTIFICATE-----\nca',
    '/own.pem': '-----BEGIN CERTIFICATE-----\nown',
    '/own.key': '-----BEGIN PRIVATE KEY-----\nown',
    '/locked.key': '-----BEGIN ENCRYPTED PRIVATE KEY-----\nlocked',
  };
  readonly server = new FakeServer();
  readonly tried: { options: FtpConnectOptions; credentials: Credentials }[] = [];
  greet: (options: FtpConnectOptions, credentials: Credentials) => void = () => {};
  readonly secrets = new FakeSecrets();
  readonly passwords = new Passwords(this.secrets, this.user);
  readonly log = new FakeLog();
  readonly login = new SiteLogin(
    {
      site: () => this.site,
      trust: async (site, each) => {
        this.site = { ...site, fingerprints: [...site.fingerprints, each] };
      },
      readPem: async (path) => this.files[path] ?? Promise.reject(new Error('no such file')),
    },
    this.passwords,
    this.user,
    (_site, options, credentials, abort) => {
      this.tried.push({ options, credentials });
      this.greet(options, credentials);
      return this.server.connect(abort);
    },
    outputLogger(this.log),
  );

  connect(): Promise<string> {
    return this.login.connect('shop', signal).then(
      () => 'connected',
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    );
  }
}

const typed = (password: string): { password: string; keep: 'session' } => ({
  password,
  keep: 'session',
});

describe('a password that the server refuses', () => {
  test('is asked for again only when the user acts, never in a loop', async () => {
    const world = new World();
    world.user.passwords = [typed('wrong'), typed('right')];
    world.greet = (_, { password }) => {
      if (password !== 'right') throw refused(530);
    };
    expect(await world.connect()).toBe('LoginError');
    expect(await world.connect()).toBe('LoginError');
    expect(world.tried).toHaveLength(1);
    world.login.allowQuestions('shop');
    expect(await world.connect()).toBe('connected');
    expect(world.user.asked).toEqual(['password of shop: missing', 'password of shop: refused']);
    expect(world.log.warnings).toEqual([
      '[Shop] No connection: The server refused the login: 530 No',
    ]);
  });

  test('is never saved, and the one that follows it is', async () => {
    const world = new World();
    world.user.passwords = [
      { password: 'wrong', keep: 'saved' },
      { password: 'right', keep: 'saved' },
    ];
    world.greet = (_, { password }) => {
      if (password !== 'right') throw refused(530);
    };
    await world.connect();
    expect(world.secrets.values.size).toBe(0);
    world.login.allowQuestions('shop');
    await world.connect();
    expect(world.secrets.values.get('password:shop')).toContain('"right"');
  });

  test('costs no connection where the right one cannot be saved', async () => {
    const world = new World();
    world.user.passwords = [{ password: 'right', keep: 'saved' }];
    world.secrets.store = () => Promise.reject(new Error('locked'));
    expect(await world.connect()).toBe('connected');
    expect(world.log.warnings).toEqual(['[Shop] The password could not be saved: locked']);
  });

  test('is kept when it has let us in before: that was one connection too many', async () => {
    const world = new World();
    world.user.passwords = [typed('right')];
    expect(await world.connect()).toBe('connected');
    world.greet = () => {
      throw refused(530);
    };
    expect(await world.connect()).toBe('LoginError');
    world.greet = () => {};
    world.login.allowQuestions('shop');
    expect(await world.connect()).toBe('connected');
    expect(world.user.asked).toHaveLength(1);
  });

  test('is kept when the server only says "not now"', async () => {
    const world = new World();
    world.user.passwords = [typed('right')];
    world.greet = () => {
      throw refused(421);
    };
    expect(await world.connect()).toBe('LoginError');
    world.greet = () => {};
    expect(await world.connect()).toBe('connected');
    expect(world.user.asked).toHaveLength(1);
  });
});

test('a user who does not give a password is left alone until they act', async () => {
  const world = new World();
  expect(await world.connect()).toBe('NoPasswordError');
  expect(await world.connect()).toBe('NoPasswordError');
  expect(world.user.asked).toHaveLength(1);
  expect(world.tried).toEqual([]);
  world.login.allowQuestions('shop');
  await world.connect();
  expect(world.user.asked).toHaveLength(2);
});

test('a server that cannot be reached is tried again at once', async () => {
  const world = new World();
  await world.passwords.save(world.site, 'right');
  world.greet = () => {
    throw new ConnectionError('control', 'Nobody is there');
  };
  expect(await world.connect()).toBe('ConnectionError');
  expect(await world.connect()).toBe('ConnectionError');
  expect(world.tried).toHaveLength(2);
});

/** A site whose server shows a certificate that is not trusted yet. */
function untrustedWorld(): World {
  const made = new World();
  made.site = someSite();
  made.greet = ({ trust }) => {
    if (!trust.fingerprints.includes(fingerprint)) throw untrusted();
  };
  return made;
}

describe('a certificate that is not trusted', () => {
  test('is shown, and trusted for this site when the user says so', async () => {
    const own = untrustedWorld();
    own.user.trusts = [true];
    expect(await own.connect()).toBe('connected');
    expect(own.site.fingerprints).toEqual([fingerprint]);
    expect(await own.connect()).toBe('connected');
    expect(own.user.asked).toEqual(['trust shop abab']);
  });

  test('that the user does not trust stays untrusted, without another question', async () => {
    const own = untrustedWorld();
    expect(await own.connect()).toBe('TlsError');
    expect(await own.connect()).toBe('TlsError');
    expect(own.user.asked).toHaveLength(1);
    expect(own.site.fingerprints).toEqual([]);
    own.login.allowQuestions('shop');
    await own.connect();
    expect(own.user.asked).toHaveLength(2);
  });

  test('is shown once for any number of connections', async () => {
    const own = untrustedWorld();
    own.user.trusts = [true];
    const { promise, resolve } = Promise.withResolvers<void>();
    own.user.think = () => promise;
    const all = [own.connect(), own.connect(), own.connect()];
    await Promise.resolve();
    resolve();
    expect(await Promise.all(all)).toEqual(['connected', 'connected', 'connected']);
    expect(own.user.asked).toHaveLength(1);
  });
});

test('the answer to a question that nobody waits for any more is not lost', async () => {
  const world = new World();
  const { promise, resolve } = Promise.withResolvers<void>();
  world.user.think = () => promise;
  world.user.passwords = [typed('right')];
  const controller = new AbortController();
  const given = world.login.connect('shop', controller.signal);
  controller.abort(new Error('given up'));
  await expect(given).rejects.toThrow('given up');
  resolve();
  expect(await world.connect()).toBe('connected');
  expect(world.user.asked).toHaveLength(1);
});

test('the settings of the site reach the engine', async () => {
  const world = new World();
  world.site = someSite({
    port: 2121,
    security: 'implicit',
    mode: 'stream',
    dataPort: 'epsv',
    timeout: 5,
    minTlsVersion: 'TLSv1.3',
    ca: '/ca.pem',
    fingerprints: [fingerprint],
    usePassiveAddress: true,
    charset: 'CP1252',
    listing: 'list',
    clientCertificate: '/own.pem',
    clientKey: '/own.key',
    proxy: 'http://proxy:3128',
  });
  await world.connect();
  expect(world.tried[0]?.options).toMatchObject({
    host: 'ftp.example.com',
    port: 2121,
    security: 'implicit',
    rungs: [{ mode: 'stream', dataPort: 'epsv' }],
    trust: {
      fingerprints: [fingerprint],
      ca: world.files['/ca.pem'],
      minVersion: 'TLSv1.3',
      client: { certificate: world.files['/own.pem'], key: world.files['/own.key'] },
    },
    charset: { name: 'cp1252' },
    listing: 'list',
    proxy: { kind: 'http', host: 'proxy', port: 3128 },
    timeouts: { connect: 5000, reply: 5000, stall: 5000 },
    usePassiveAddress: true,
  });
});

test('a proxy leaves the site only the data ports that we dial', async () => {
  const world = new World();
  world.site = someSite({ proxy: 'socks5://proxy' });
  await world.connect();
  const [tried] = world.tried;
  expect(new Set(tried?.options.rungs.map(({ dataPort }) => dataPort))).toEqual(
    new Set(['epsv', 'pasv']),
  );
});

describe('a secret besides the password', () => {
  test('is asked for again only when the user acts, and saved when it was taken', async () => {
    const world = new World();
    world.site = someSite({ clientCertificate: '/own.pem', clientKey: '/locked.key' });
    world.user.passphrases = [
      { password: 'wrong', keep: 'saved' },
      { password: 'right', keep: 'saved' },
    ];
    world.greet = ({ trust }) => {
      if (trust.client?.passphrase !== 'right') throw wrongPassphrase();
    };
    expect(await world.connect()).toBe('TlsError');
    expect(await world.connect()).toBe('TlsError');
    expect(world.tried).toHaveLength(1);
    world.login.allowQuestions('shop');
    expect(await world.connect()).toBe('connected');
    expect(world.user.asked).toEqual([
      'passphrase of shop: missing',
      'passphrase of shop: refused',
    ]);
    expect([...world.secrets.values.keys()]).toEqual(['keyPassphrase:shop']);
  });

  test('goes to the proxy, and costs the password of the user nothing', async () => {
    const world = new World();
    world.site = someSite({ username: 'anna', proxy: 'socks5://berta@proxy' });
    world.user.passwords = [typed('geheim')];
    world.user.proxyPasswords = [
      { password: 'wrong', keep: 'saved' },
      { password: 'right', keep: 'saved' },
    ];
    world.greet = ({ proxy }) => {
      if (proxy?.password !== 'right') throw refusedByProxy();
    };
    expect(await world.connect()).toBe('ConnectionError');
    expect(await world.connect()).toBe('ConnectionError');
    expect(world.tried).toHaveLength(1);
    world.login.allowQuestions('shop');
    expect(await world.connect()).toBe('connected');
    expect(world.user.asked).toEqual([
      'password of shop for proxy: missing',
      'password of shop: missing',
      'password of shop for proxy: refused',
    ]);
    expect([...world.secrets.values.keys()]).toEqual(['proxyPassword:shop']);
  });

  test('that nobody gives keeps us from dialling', async () => {
    const world = new World();
    world.site = someSite({ proxy: 'socks5://berta@proxy' });
    expect(await world.connect()).toBe('NoPasswordError');
    expect(world.tried).toEqual([]);
  });
});

describe('what the settings name is told by its setting when it cannot be used', () => {
  test.each([
    [{ ca: '/gone.pem' }, 'The file of "ca", /gone.pem, cannot be read: no such file'],
    [{ ca: '/own.key' }, 'The file of "ca", /own.key, holds nothing of that kind in PEM'],
    [{ clientCertificate: '/gone.pem' }, '"clientCertificate", /gone.pem, cannot be read'],
    [{ clientCertificate: '/own.pem' }, '"clientCertificate", /own.pem, holds nothing'],
    [
      { clientCertificate: '/own.pem', clientKey: '/own.pem' },
      '"clientKey", /own.pem, holds nothing of that kind',
    ],
    [{ charset: 'klingon' }, '"charset": the charset klingon is not known'],
  ])('%j', async (settings, sentence) => {
    const world = new World();
    world.site = someSite(settings);
    await expect(world.login.connect('shop', signal)).rejects.toThrow(sentence);
    expect(world.tried).toEqual([]);
  });

  test('and is not looked at where nothing is protected', async () => {
    const world = new World();
    world.site = someSite({ security: 'none', ca: '/gone.pem', clientCertificate: '/gone.pem' });
    expect(await world.connect()).toBe('connected');
  });
});

test('a certificate that is trusted takes the place of the one before', async () => {
  const [before, after] = ['a', 'b'].map((digit) => digit.repeat(64));
  world.settings.set('portside.sites', [{ id: 'shop', host: 'a', fingerprints: [before] }]);
  const store = new SiteStore();
  await loginSources(store).trust(store.get('shop'), String(after));
  expect(store.get('shop').fingerprints).toEqual([after]);
});
