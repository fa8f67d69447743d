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

describe('a password', () => {
  test('is not asked for where nobody has a name', async () => {
    const { passwords: own, user } = passwords();
    expect((await own.credentials(someSite())).user).toBe('anonymous');
    expect(user.asked).toEqual([]);
  });

  test('comes from the secret storage', async () => {
    const { passwords: own, user } = passwords();
    await own.save('shop', 'geheim');
    expect(await own.credentials(site)).toEqual({ user: 'anna', password: 'geheim' });
    expect(user.asked).toEqual([]);
  });

  test('goes with the account', async () => {
    const { passwords: own } = passwords();
    await own.save('shop', 'geheim');
    const credentials = await own.credentials({ ...site, account: 'web' });
    expect(credentials).toEqual({ user: 'anna', password: 'geheim', account: 'web' });
  });

  test('is asked for when it is missing, and saved where the user wants it', async () => {
    const { passwords: own, user, secrets } = passwords();
    user.passwords = [{ password: 'geheim', keep: 'saved' }];
    await own.credentials(site);
    await own.credentials(site);
    expect(user.asked).toEqual(['password of shop: missing']);
    expect([...secrets.values]).toEqual([['password:shop', 'geheim']]);
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
    await own.save('shop', 'old');
    user.passwords = [{ password: 'new', keep: 'session' }];
    expect((await own.credentials({ ...site, askPassword: true })).password).toBe('new');
  });

  test('that was refused is asked for again, and replaced', async () => {
    const { passwords: own, user, secrets } = passwords();
    await own.save('shop', 'old');
    own.refuse('shop');
    user.passwords = [{ password: 'new', keep: 'saved' }];
    expect((await own.credentials(site)).password).toBe('new');
    expect(user.asked).toEqual(['password of shop: refused']);
    expect(secrets.values.get('password:shop')).toBe('new');
    expect((await own.credentials(site)).password).toBe('new');
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
    await own.save('shop', 'geheim');
    await own.remove('shop');
    expect(secrets.values.size).toBe(0);
  });
});
