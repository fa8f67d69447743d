import { describe, expect, test } from 'vitest';
import { NoPasswordError, Passwords } from '../../../src/workspace/passwords.ts';
import { FakeSecrets } from './fakeSecrets.ts';
import { ScriptedUser } from './scriptedUser.ts';
import { someSite } from './someSite.ts';

const site = someSite({ username: 'anna' });

function passwords(): { secrets: FakeSecrets; user: ScriptedUser; passwords: Passwords } {
  const secrets = new FakeSecrets();
  const user = new ScriptedUser();
  return { secrets, user, passwords: new Passwords(secrets, user) };
}

function saved(secrets: FakeSecrets): unknown {
  return JSON.parse(secrets.values.get('password:shop') ?? '');
}

describe('a password', () => {
  test('is not asked for where nobody has a name', async () => {
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
