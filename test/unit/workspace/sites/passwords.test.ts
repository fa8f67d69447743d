import { describe, expect, test } from 'vitest';
import { NoPasswordError, Passwords } from '../../../../src/workspace/sites/passwords.ts';
import { FakeSecrets } from '../fakeSecrets.ts';
import { ScriptedUser } from '../scriptedUser.ts';
import { someSite } from '../someSite.ts';

const site = someSite({ username: 'anna' });

function passwords(): { secrets: FakeSecrets; user: ScriptedUser; passwords: Passwords } {
  const secrets = new FakeSecrets();
  const user = new ScriptedUser();
  return { secrets, user, passwords: new Passwords(secrets, user) };
}

function saved(secrets: FakeSecrets): unknown {
  return JSON.parse(secrets.values.get('password:shop') ?? '');
}

const proxied = someSite({ username: 'anna', proxy: 'socks5://berta@proxy:1080' });
const proxy = { kind: 'socks5', host: 'proxy', port: 1080, user: 'berta' } as const;

describe("a proxy's password", () => {
  test('is not asked for where its address names no user', async () => {
    const { passwords: own, user } = passwords();
    expect(await own.proxyPassword(proxied, { kind: 'http', host: 'h', port: 1 })).toBeUndefined();
    expect(user.asked).toEqual([]);
  });

  test('is kept apart from the one of the server, after the proxy has taken it', async () => {
    const { passwords: own, user, secrets } = passwords();
    await own.save(proxied, 'geheim');
    user.proxyPasswords = [{ password: 'offen', keep: 'saved' }];
    const password = await own.proxyPassword(proxied, proxy);
    expect([...secrets.values.keys()]).toEqual(['password:shop']);
    await own.acceptOthers(proxied, {
      proxy: { ...proxy, ...(password !== undefined && { password }) },
      keyPassphrase: undefined,
    });
    expect([...secrets.values.keys()]).toEqual(['password:shop', 'proxyPassword:shop']);
    expect(await own.proxyPassword(proxied, proxy)).toBe('offen');
    expect((await own.credentials(proxied)).password).toBe('geheim');
    expect(user.asked).toEqual(['password of shop for proxy: missing']);
  });

  test.each([
    ['another proxy', proxied, { ...proxy, host: 'evil' }],
    ['another port', proxied, { ...proxy, port: 1081 }],
    ['another user', proxied, { ...proxy, user: 'carla' }],
    ['another protocol', proxied, { ...proxy, kind: 'http' as const }],
    ['the proxy of another server', { ...proxied, host: 'other.example.com' }, proxy],
  ])('does not go to %s', async (_what, otherSite, otherProxy) => {
    const { passwords: own, user } = passwords();
    user.proxyPasswords = [{ password: 'offen', keep: 'session' }, undefined];
    await own.proxyPassword(proxied, proxy);
    await expect(own.proxyPassword(otherSite, otherProxy)).rejects.toThrow(NoPasswordError);
    expect(user.asked).toHaveLength(2);
  });
});

describe('the passphrase of a key', () => {
  const keyed = someSite({ clientCertificate: '/own.pem', clientKey: '/own.key' });

  test('is asked for, and again when it does not open the key', async () => {
    const { passwords: own, user, secrets } = passwords();
    user.passphrases = [
      { password: 'wrong', keep: 'saved' },
      { password: 'right', keep: 'saved' },
    ];
    expect(await own.keyPassphrase(keyed)).toBe('wrong');
    own.refuse('shop', 'keyPassphrase');
    expect(await own.keyPassphrase(keyed)).toBe('right');
    await own.acceptOthers(keyed, { proxy: undefined, keyPassphrase: 'right' });
    expect([...secrets.values.keys()]).toEqual(['keyPassphrase:shop']);
    expect(user.asked).toEqual(['passphrase of shop: missing', 'passphrase of shop: refused']);
  });

  test('belongs to one key of one server', async () => {
    const { passwords: own, user } = passwords();
    user.passphrases = ['one', 'two', 'three'].map((password) => ({ password, keep: 'session' }));
    expect(await own.keyPassphrase(keyed)).toBe('one');
    expect(await own.keyPassphrase({ ...keyed, clientKey: '/other.key' })).toBe('two');
    expect(await own.keyPassphrase({ ...keyed, host: 'other.example.com' })).toBe('three');
  });

  test('goes with everything else when its site goes, and not with the password alone', async () => {
    const { passwords: own, user, secrets } = passwords();
    user.passphrases = [{ password: 'right', keep: 'saved' }];
    await own.keyPassphrase(keyed);
    await own.acceptOthers(keyed, { proxy: undefined, keyPassphrase: 'right' });
    await own.save(site, 'geheim');
    await own.remove('shop', 'password');
    expect([...secrets.values.keys()]).toEqual(['keyPassphrase:shop']);
    await own.remove('shop');
    expect(secrets.values.size).toBe(0);
  });
});

test('a password is known where the user would not be asked for it', async () => {
  const { passwords: own, user } = passwords();
  expect(await own.isKnown(someSite())).toBe(true);
  expect(await own.isKnown(site)).toBe(false);
  await own.save(site, 'geheim');
  expect(await own.isKnown(site)).toBe(true);
  expect(await own.isKnown({ ...site, askPassword: true })).toBe(false);
  own.refuse(site.id);
  expect(await own.isKnown(site)).toBe(false);
  expect(user.asked).toEqual([]);
});

describe('a password', () => {
  test('is not asked for where there is no user name', async () => {
    const { passwords: own, user } = passwords();
    expect((await own.credentials(someSite())).user).toBe('anonymous');
    expect(user.asked).toEqual([]);
  });

  test('comes from the secret storage', async () => {
    const { passwords: own, user } = passwords();
    await own.save(site, 'geheim');
    expect(await own.credentials(site)).toEqual({ user: 'anna', password: 'geheim' });
    expect(user.asked).toEqual([]);
  });

  test('goes with the account', async () => {
    const { passwords: own } = passwords();
    await own.save(site, 'geheim');
    const credentials = await own.credentials({ ...site, account: 'web' });
    expect(credentials).toEqual({ user: 'anna', password: 'geheim', account: 'web' });
  });

  test('is asked for when it is missing, and saved where the user wants it', async () => {
    const { passwords: own, user, secrets } = passwords();
    user.passwords = [{ password: 'geheim', keep: 'saved' }];
    await own.credentials(site);
    await own.credentials(site);
    expect(user.asked).toEqual(['password of shop: missing']);
    expect(secrets.values.size).toBe(0);
    await own.accept(site, 'geheim');
    expect(saved(secrets)).toMatchObject({ username: 'anna', password: 'geheim' });
  });

  test('for this session only is never saved, and forgotten with the session', async () => {
    const { passwords: own, user, secrets } = passwords();
    user.passwords = [{ password: 'geheim', keep: 'session' }];
    expect((await own.credentials(site)).password).toBe('geheim');
    expect((await own.credentials(site)).password).toBe('geheim');
    own.endSession('shop');
    await expect(own.credentials(site)).rejects.toThrow(NoPasswordError);
    expect(secrets.values.size).toBe(0);
  });

  test('that is to be asked each time is not taken from the storage', async () => {
    const { passwords: own, user } = passwords();
    await own.save(site, 'old');
    user.passwords = [{ password: 'new', keep: 'session' }];
    expect((await own.credentials({ ...site, askPassword: true })).password).toBe('new');
  });

  test('that was refused is asked for again, and replaced', async () => {
    const { passwords: own, user, secrets } = passwords();
    await own.save(site, 'old');
    own.refuse('shop');
    user.passwords = [{ password: 'new', keep: 'saved' }];
    expect((await own.credentials(site)).password).toBe('new');
    await own.accept(site, 'new');
    expect(user.asked).toEqual(['password of shop: refused']);
    expect(saved(secrets)).toMatchObject({ password: 'new' });
    expect((await own.credentials(site)).password).toBe('new');
  });

  test('that was refused does not come back after one for this session only', async () => {
    const { passwords: own, user, secrets } = passwords();
    await own.save(site, 'old');
    own.refuse('shop');
    user.passwords = [{ password: 'new', keep: 'session' }];
    await own.credentials(site);
    await own.accept(site, 'new');
    own.endSession('shop');
    expect(secrets.values.size).toBe(0);
    await expect(own.credentials(site)).rejects.toThrow(NoPasswordError);
  });

  test('that was saved stays unused while another one is typed, and refused too', async () => {
    const { passwords: own, user } = passwords();
    await own.save(site, 'old');
    own.refuse('shop');
    user.passwords = [{ password: 'wrong', keep: 'saved' }, undefined];
    await own.credentials(site);
    own.refuse('shop');
    await expect(own.credentials(site)).rejects.toThrow(NoPasswordError);
    expect(user.asked).toHaveLength(2);
  });

  test('that was refused once and taken after all stays where it is saved', async () => {
    const { passwords: own, secrets } = passwords();
    await own.save(site, 'geheim');
    own.refuse('shop');
    await own.accept(site, 'geheim');
    expect(saved(secrets)).toMatchObject({ password: 'geheim' });
  });

  test('is asked for once by any number of connections', async () => {
    const { passwords: own, user } = passwords();
    user.passwords = [{ password: 'geheim', keep: 'session' }];
    const all = await Promise.all([1, 2, 3].map(() => own.credentials(site)));
    expect(new Set(all.map(({ password }) => password))).toEqual(new Set(['geheim']));
    expect(user.asked).toHaveLength(1);
  });

  test('goes when its site goes', async () => {
    const { passwords: own, secrets } = passwords();
    await own.save(site, 'geheim');
    await own.remove('shop');
    expect(secrets.values.size).toBe(0);
  });

  test.each([{ host: 'evil.example.com' }, { port: 2121 }, { username: 'bert' }])(
    'goes nowhere else, though the site has kept its id: %j',
    async (other) => {
      const { passwords: own, user, secrets } = passwords();
      await own.save(site, 'geheim');
      user.passwords = [{ password: 'new', keep: 'saved' }];
      expect((await own.credentials({ ...site, ...other })).password).toBe('new');
      await own.accept({ ...site, ...other }, 'new');
      expect(user.asked).toEqual(['password of shop: missing']);
      expect(saved(secrets)).toMatchObject({ ...other, password: 'new' });
    },
  );

  test('for this session goes nowhere else either, nor does the answer to an open question', async () => {
    const { passwords: own, user } = passwords();
    user.passwords = ['one', 'two', 'three'].map((password) => ({ password, keep: 'session' }));
    const elsewhere = { ...site, host: 'evil.example.com' };
    const both = await Promise.all([own.credentials(site), own.credentials(elsewhere)]);
    expect(both.map(({ password }) => password)).toEqual(['one', 'two']);
    expect((await own.credentials(site)).password).toBe('three');
  });

  test.each(['geheim', '{"password":"geheim"}', 'null', ''])(
    'that is not known to belong to anybody is not used: %j',
    async (secret) => {
      const { passwords: own, secrets } = passwords();
      secrets.values.set('password:shop', secret);
      await expect(own.credentials(site)).rejects.toThrow(NoPasswordError);
    },
  );
});
